// A call of Wireshark's extcap contract, as the words of its command line have it (doc/extcap of Wireshark's sources).

/** The value of `--namespace` that stands for all; a namespace of that name is chosen by `--namespaces`. */
export const EVERYWHERE = 'all';

/** What Wireshark wants, and the options that the dialog of an interface has (dialog.ts). */
export interface Call {
  kind: 'interfaces' | 'config' | 'dlts' | 'filter' | 'capture' | 'none';
  /** The interface's id. */
  id: string;
  filter: string;
  fifo: string | undefined;
  /** The option whose values are to be listed anew, without its dashes. */
  reload: string | undefined;
  snaplen: string | undefined;
  promiscuous: boolean;
  direction: string | undefined;
  drops: boolean;
  /** Undefined: all. */
  namespaces: string[] | undefined;
}

const KINDS = {
  '--capture': 'capture',
  '--extcap-interfaces': 'interfaces',
  '--extcap-config': 'config',
  '--extcap-dlts': 'dlts',
  '--extcap-capture-filter': 'filter',
} as const;

const WITH_VALUE = [
  '--extcap-interface',
  '--extcap-capture-filter',
  '--extcap-reload-option',
  '--extcap-version',
  '--fifo',
  '--snaplen',
  '--promiscuous',
  '--direction',
  '--drops',
  '--namespace',
  '--namespaces',
];

export function isCall(words: readonly string[]): boolean {
  return words.some((word) => word.startsWith('--extcap-') || word === '--capture');
}

/** Unknown options are ignored, with the word after them unless that is an option: newer versions send more. */
export function parseCall(words: readonly string[]): Call {
  const values = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const [, name = '', value] = /^(--[^=]+)(?:=(.*))?$/s.exec(words[i]) ?? [];
    if (WITH_VALUE.includes(name)) values.set(name, value ?? words[++i] ?? '');
    else if (name !== '') values.set(name, '');
  }
  const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((name) => values.has(name));
  const namespace = values.get('--namespace');
  const chosen = values.get('--namespaces') || (namespace === EVERYWHERE ? '' : namespace);
  return {
    kind: kind === undefined ? 'none' : KINDS[kind],
    id: values.get('--extcap-interface') ?? '',
    filter: values.get('--extcap-capture-filter') ?? '',
    fifo: values.get('--fifo'),
    reload: values.get('--extcap-reload-option')?.replace(/^-*/, ''),
    snaplen: values.get('--snaplen'),
    promiscuous: values.get('--promiscuous') !== 'false',
    direction: values.get('--direction'),
    drops: values.get('--drops') === 'true',
    namespaces: chosen ? chosen.split(',').map(decoded) : undefined,
  };
}

/** What may not stand in an id or value: `}` ends it, `,` separates values, and lines are lines. */
export function encoded(text: string): string {
  return text.replace(/[\x00-\x1f\x7f%,{}]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
