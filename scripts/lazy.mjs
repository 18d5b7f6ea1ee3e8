// Plugins of the bundler that spare each start what it rarely needs.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/** Parts of Node that bring most of its network code, 6 ms of each start: loaded when one of these is called. */
const NODE_PARTS = { 'node:child_process': ['spawn', 'spawnSync'], 'node:tty': ['isatty'] };

export const nodeParts = {
  name: 'node-parts',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(NODE_PARTS).join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'node-part' ? { path, external: true } : { path, namespace: 'node-part' },
    );
    onLoad({ filter, namespace: 'node-part' }, ({ path }) => ({
      contents: NODE_PARTS[path].map((name) => onCall(name, path)).join('\n'),
    }));
  },
};

/**
 * Printers of protocols that few captures have, most of what src/print holds: 10 ms of each start. They make one chunk,
 * loaded when the first of them is called.
 */
const RARE = new Set(
  `ahcp aodv aoe arcnet autorp babel bcm-li beep bfd bgp cdp cfm chdlc clnp dccp decnet dhcpv6 dtp dvmrp eap egp eigrp
enc esis fddi fibre-channel firewire frame-relay geneve geonet hncp hsrp ieee80211 ieee802154 igrp ipnet ipoib ipx
isakmp isis kerberos l2tp ldp lisp lldp lmp lspping lwapp lwres m3ua mobility mpcp msdp msnlb nflog nfs nodeinfo nsh
olsr openflow ospf ospf3 otv pgm pgm-option pim pptp ptp q933 radiotap radius realtek renumbering resp rip ripng
rpki rpl rsvp rx sctp sflow slow snmp someip stp syslog telnet tftp timed tipc token-ring vat vqp vrrp vtp wb zep
zephyr`.split(/\s/),
);

const PATHS = readdirSync('src/print', { recursive: true }).filter((path) => RARE.has(basename(path, '.ts')));

/** The entry point of that chunk, and how the others ask for it; `commonJs` in build.mjs knows where it lies. */
export const RARE_PRINTERS = 'rare-printers';

export const rarePrinters = {
  name: RARE_PRINTERS,
  setup({ onResolve, onLoad }) {
    const isRare = (path) => RARE.has(/\/src\/print\/(?:[\w-]+\/)?([\w-]+)\.ts$/.exec(path)?.[1]);
    const all = new RegExp(`^${RARE_PRINTERS}$`);
    onResolve({ filter: all }, ({ path, kind }) =>
      kind === 'entry-point' ? { path, namespace: 'all-rare' } : { path, external: true },
    );
    onLoad({ filter: all, namespace: 'all-rare' }, () => ({
      contents: PATHS.map((path) => `export * from './src/print/${path}';`).join('\n'),
      resolveDir: '.',
    }));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, importer, resolveDir, namespace }) => {
      const file = resolve(resolveDir, path);
      if (namespace === 'all-rare' || !isRare(file) || isRare(importer)) return undefined;
      return { path: file, namespace: 'rare' };
    });
    onLoad({ filter: /\/src\/print\/rare\.ts$/ }, () => ({
      contents: `export const loadRare = () => void require('${RARE_PRINTERS}');`,
    }));
    onLoad({ filter: /./, namespace: 'rare' }, ({ path }) => {
      const printers = readFileSync(path, 'utf8').matchAll(/^export (?:function|const) (print\w+)/gm);
      return { contents: Array.from(printers, ([, name]) => onCall(name, RARE_PRINTERS)).join('\n') };
    });
  },
};

function onCall(name, module) {
  return `let ${name}; exports.${name} = (...args) => (${name} ??= require('${module}').${name})(...args);`;
}

/**
 * Two things that cli-table3 does for every cell, 12 ms of each table. How wide a text is takes a large regular
 * expression to tell, made anew for each; of what tables mostly hold, none. And a cell is cut short for a message about
 * it that nobody asked for.
 */
export const tables = {
  name: 'tables',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, namespace }) =>
      namespace === 'widths' ? undefined : { path, namespace: 'widths' },
    );
    onLoad({ filter: /./, namespace: 'widths' }, () => ({
      contents: `const width = require('string-width');
module.exports = (text) => (/^[ -~\\u00b5\\u2026\\u2500-\\u257f]*$/.test(text) ? text.length : width(text));`,
      resolveDir: 'node_modules/cli-table3',
    }));
    onLoad({ filter: /\/cli-table3\/src\/cell\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace('utils.truncate(this.content, 10, this.truncate)', "''"),
    }));
  },
};
