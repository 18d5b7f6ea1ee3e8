// The names that iproute2 gives to numbers: its own, and those of the files by which a machine adds to them.
import { readdirSync, readFileSync } from 'node:fs';

/** Where the files lie: since iproute2 6.5 the package's own are under /usr, and /etc is for local changes. */
const FOLDERS = ['/usr/share/iproute2', '/usr/lib/iproute2', '/etc/iproute2'];

/** RTPROT_ of linux/rtnetlink.h. */
const PROTOCOLS: [number, string][] = [
  [0, 'unspec'],
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [18, 'keepalived'],
  [42, 'babel'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
];
const TABLES: [number, string][] = [
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
];
const SCOPES: Record<number, string> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };

let protocols: Map<number, string> | undefined;
let tables: Map<number, string> | undefined;

/** Who added a route: `kernel`, `static`; the number where it has no name. */
export function protocolName(number: number): string {
  protocols ??= withFiles(PROTOCOLS, 'rt_protos');
  return protocols.get(number) ?? String(number);
}

/** A routing table: `main`, `100`. */
export function tableName(number: number): string {
  tables ??= withFiles(TABLES, 'rt_tables');
  return tables.get(number) ?? String(number);
}

/** The scope of an address. */
export function scopeName(number: number): string {
  return SCOPES[number] ?? String(number);
}

function withFiles(known: readonly [number, string][], file: string): Map<number, string> {
  const names = new Map(known);
  for (const folder of FOLDERS) {
    for (const path of [`${folder}/${file}`, ...filesIn(`${folder}/${file}.d`)]) {
      for (const line of textOf(path).split('\n')) {
        const [, number, name] = /^\s*(0x[\da-f]+|\d+)\s+(\S+)/i.exec(line) ?? [];
        if (name !== undefined) names.set(Number(number), name);
      }
    }
  }
  return names;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => `${folder}/${name}`);
  } catch {
    return []; // Most machines have none.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
