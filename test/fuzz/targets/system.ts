// What the kernel and its tools say: types, messages, lines of the trace, rules.
import { readdirSync, readFileSync } from 'node:fs';
import { attributes, NETLINK_ROUTE, NetlinkSocket } from '../../../src/binding/netlink.ts';
import { Btf } from '../../../src/drops/btf.ts';
import { readFacts } from '../../../src/drops/kernel-facts.ts';
import { messages, textOf as netlinkText } from '../../../src/drops/nft/messages.ts';
import { lostEvents, parseTraceLine } from '../../../src/drops/tracefs/line.ts';
import { parseSave } from '../../../src/drops/xtables.ts';
import { NscapError } from '../../../src/errors.ts';
import { Rtnetlink } from '../../../src/netns/rtnetlink.ts';
import { chainsFromSave } from '../../../src/why/iptables.ts';
import { addDevices, chainsFromNft } from '../../../src/why/nft.ts';
import type { FirewallPacket } from '../../../src/why/ruleset.ts';
import { bytes, JSON_TOKENS, LINES, type Structure, type Target, textOf } from '../target.ts';

/** Only errors that a user is meant to see may leave. */
function expected(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
  }
}

const KERNELS = 'test/drops/kernels';

export const btf: Target = {
  name: 'btf',
  about: "a kernel's description of its types",
  seeds: () => readdirSync(KERNELS).map((name) => new Uint8Array(readFileSync(`${KERNELS}/${name}`))),
  words: ['sk_buff', 'skb_drop_reason', 'btf_trace_kfree_skb'],
  run(input) {
    expected(() => void readFacts(new Btf(Buffer.from(input))));
  },
};

/** Netlink messages one behind the other: their lengths in the first four bytes, padded to four. */
const MESSAGES: Structure = {
  split(input) {
    const parts: Uint8Array[] = [];
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    for (let at = 0; at + 4 <= input.length; ) {
      const length = Math.min(Math.max(view.getUint32(at, true), 4), input.length - at);
      parts.push(input.slice(at, at + length));
      at += (length + 3) & ~3;
    }
    return parts;
  },
  join(parts) {
    const whole = parts.map((one) => {
      const made = new Uint8Array(Math.max((one.length + 3) & ~3, 4));
      made.set(one);
      new DataView(made.buffer).setUint32(0, Math.max(one.length, 4), true);
      return made;
    });
    return new Uint8Array(Buffer.concat(whole));
  },
};
const [GET_LINK, GET_ADDRESS, GET_ROUTE, GET_NEIGHBOUR, GET_RULE] = [18, 22, 26, 30, 34];

/** What the kernel lists of this machine, a message each, with the four bytes of MESSAGES before it. */
function listed(type: number, header: number): Uint8Array {
  const socket = new NetlinkSocket(NETLINK_ROUTE);
  try {
    const all = socket.dump(type, Buffer.alloc(header)).slice(0, 20);
    return MESSAGES.join(all.map((one) => new Uint8Array(Buffer.concat([Buffer.alloc(4), one]))));
  } finally {
    socket.close();
  }
}

export const netlink: Target = {
  name: 'netlink',
  about: 'links, addresses, routes, rules and neighbours, as netlink messages',
  structure: MESSAGES,
  seeds: () => [
    listed(GET_LINK, 16),
    listed(GET_ADDRESS, 8),
    listed(GET_ROUTE, 12),
    listed(GET_RULE, 12),
    listed(GET_NEIGHBOUR, 12),
  ],
  run(input) {
    const bodies = MESSAGES.split(input).map((one) => Buffer.from(one.subarray(4)));
    // The kernel pads what is shorter than the header of its family; a shorter one is not from the kernel.
    const whole = bodies.filter(({ length }) => length >= 16);
    for (const body of whole) attributes(body, 0);
    const kernel = Object.assign(Object.create(Rtnetlink.prototype), {
      socket: { dump: () => whole },
    }) as Rtnetlink;
    for (const list of ['interfaces', 'addresses', 'links', 'routes', 'rules', 'fixedNeighbours'] as const) {
      try {
        kernel[list]();
      } catch (error) {
        // byRtnetlink asks ip instead where a message is too short for what it should be.
        if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
      }
    }
  },
};

export const nftMessages: Target = {
  name: 'nft-messages',
  about: "netlink messages of nf_tables' traces",
  structure: MESSAGES,
  *seeds() {
    const message = (type: number, body: Buffer) => {
      const header = Buffer.alloc(20);
      header.writeUInt32LE(20 + body.length, 0);
      header.writeUInt16LE((10 << 8) | type, 4);
      header[16] = 2;
      return Buffer.concat([header, body]);
    };
    const attribute = (type: number, value: Buffer) => {
      const made = Buffer.alloc((4 + value.length + 3) & ~3);
      made.writeUInt16LE(4 + value.length, 0);
      made.writeUInt16LE(type, 2);
      value.copy(made, 4);
      return made;
    };
    const trace = Buffer.concat([
      attribute(1, Buffer.from('filter\0')),
      attribute(2, Buffer.from('input\0')),
      attribute(3, Buffer.alloc(8)),
      attribute(4, Buffer.alloc(4)),
      attribute(5, attribute(1, Buffer.alloc(4))),
    ]);
    yield new Uint8Array(Buffer.concat([message(17, trace), message(16, trace), message(17, trace)]));
  },
  run(input) {
    expected(() => {
      for (const { attributes: found } of messages(Buffer.from(input), () => undefined)) {
        for (const value of found.values()) netlinkText(value);
      }
    });
  },
};

export const traceLines: Target = {
  name: 'trace-lines',
  about: "lines of the kernel's trace",
  structure: LINES,
  seeds: () => [
    bytes(
      '  bash-218   [000] ..s1.  1985.794377: kfree_skb: skbaddr=00000000f4 rx_sk=0 protocol=2048 location=f+0x4bc/0xd00 reason: NO_SOCKET\n' +
        '# tracer: nop\nCPU:1 [LOST 123 EVENTS]\n <idle>-0 [001] d.h1.  12.000001: net_dev_xmit: dev=veth0 skbaddr=0 len=60 rc=0\n',
    ),
  ],
  run(input) {
    for (const line of textOf(input).split('\n')) {
      parseTraceLine(line);
      lostEvents(line);
    }
  },
};

const PACKET: FirewallPacket = {
  family: 4,
  layer: 'inet',
  source: '10.0.0.1',
  target: '10.0.0.2',
  protocol: 'tcp',
  port: 80,
  reply: false,
  iif: 'a',
  oif: 'b',
};

function ask(chains: ReturnType<typeof chainsFromSave>): void {
  for (const { rules } of chains) {
    for (const rule of rules) {
      const answer = rule.matches(PACKET);
      if (answer !== true && answer !== false && answer !== undefined)
        throw new Error(`a rule answers ${answer}`);
      for (const act of rule.actions) act(PACKET);
    }
  }
}

const RULESET = {
  nftables: [
    { metainfo: { version: '1.0.6', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'filter', handle: 1 } },
    {
      set: {
        family: 'inet',
        name: 's',
        table: 'filter',
        type: 'ipv4_addr',
        handle: 2,
        elem: ['10.0.0.1', { prefix: { addr: '10.1.0.0', len: 16 } }, { range: ['10.2.0.1', '10.2.0.9'] }],
      },
    },
    {
      chain: {
        family: 'inet',
        table: 'filter',
        name: 'input',
        handle: 3,
        type: 'filter',
        hook: 'input',
        prio: 0,
        policy: 'drop',
      },
    },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        handle: 4,
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@s' } },
          { counter: { packets: 3, bytes: 180 } },
          { drop: null },
        ],
      },
    },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        handle: 5,
        expr: [
          { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
          { accept: null },
        ],
      },
    },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        handle: 6,
        expr: [
          {
            vmap: {
              key: { payload: { protocol: 'tcp', field: 'dport' } },
              data: {
                set: [
                  [22, { accept: null }],
                  [{ range: [80, 90] }, { jump: { target: 'x' } }],
                ],
              },
            },
          },
        ],
      },
    },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        handle: 7,
        expr: [
          { match: { op: '!=', left: { '&': [{ meta: { key: 'mark' } }, 255] }, right: 1 } },
          { mangle: { key: { meta: { key: 'mark' } }, value: 7 } },
          { xt: null },
        ],
      },
    },
  ],
};

export const nftJson: Target = {
  name: 'nft-json',
  about: "nft's ruleset",
  structure: JSON_TOKENS,
  seeds: () => [bytes(JSON.stringify(RULESET))],
  words: [
    'null',
    '[]',
    '{}',
    '"@"',
    '-1',
    '1e99',
    '"ip"',
    '"elem":',
    '"set":[',
    '{"range":[1,2]}',
    '{"prefix":{"addr":"::","len":129}}',
    '"concat":',
  ],
  run(input) {
    const text = textOf(input);
    const { chains } = chainsFromNft(text);
    addDevices(chains, text);
    ask(chains);
  },
};

const SAVED = `*nat
:PREROUTING ACCEPT [1:60]
:OUTPUT ACCEPT [0:0]
[1:60] -A PREROUTING -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080
[0:0] -A POSTROUTING -s 10.0.0.0/8 ! -o lo -j MASQUERADE
COMMIT
*filter
:INPUT DROP [1:84]
:X - [0:0]
[0:0] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "it \\"is\\" -j DROP" -j ACCEPT
[5:300] -A INPUT -i eth0 -p udp -m multiport --dports 53,67:69 -j X
[5:300] -A INPUT ! -s 10.0.0.0/24 -p icmp --icmp-type 8 -m set --match-set y src -j REJECT --reject-with icmp-port-unreachable
[0:0] -A X -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP
COMMIT
`;

export const iptables: Target = {
  name: 'iptables-save',
  about: 'what iptables-save prints',
  structure: LINES,
  seeds: () => [bytes(SAVED)],
  words: [' ! ', ' -j DROP', ' -m ', '"', '\\', ' --dport ', ' -g ', '/33', '[-1:0]', '::/0', ' -p '],
  run(input) {
    const text = textOf(input);
    parseSave('ip', text);
    ask(chainsFromSave(text, 'iptables'));
    ask(chainsFromSave(text, 'ip6tables-legacy'));
  },
};
