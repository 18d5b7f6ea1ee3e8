// The data of a page, made of capture files one after the other.
import { basename } from 'node:path';
import { displayed } from '../fields/displayed.ts';
import { CAUSES } from '../flow/limits/runs.ts';
import { KINDS } from '../flow/series/bars.ts';
import type { TraceReport } from '../report/trace/document.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import type { PageData, TopologyData } from './document.ts';
import { gather } from './gather.ts';
import { OnePoint } from './one-point.ts';

declare const __VERSION__: string;

/** A capture: where it is read, what the page calls it, and the file that commands in the page name, null for none. */
export interface PageInput {
  path: string;
  name: string;
  file: string | null;
  /** The one of several interfaces in it whose packets are meant. */
  interface?: number | undefined;
}

export interface PageRequest {
  /** Absent: the names of the captures. */
  title?: string | undefined;
  /** In pcap-filter's language, and in Wireshark's. */
  filter: string;
  displayFilter?: string | undefined;
  maxConnections: number;
  trace?: TraceReport | undefined;
  topology?: TopologyData | undefined;
  /** Called for each capture that is damaged. */
  damaged: (input: PageInput, damage: { damage: string; truncated: boolean }) => void;
}

/** Reads each capture three times. */
export async function pageData(inputs: readonly PageInput[], request: PageRequest): Promise<PageData> {
  const { title, filter, displayFilter, maxConnections, trace, topology } = request;
  const data: PageData = {
    version: 1,
    program: `nscap ${__VERSION__}`,
    title: title ?? inputs.map(({ name }) => basename(name)).join(', '),
    kinds: KINDS,
    causes: CAUSES,
    captures: [],
    ...(topology === undefined ? {} : { topology }),
    ...(trace === undefined ? {} : { trace }),
  };
  for (const input of inputs) {
    const open = async () => {
      const source = await openFile(input.path, {
        name: input.name,
        allRecords: displayFilter !== undefined,
      });
      const of = input.interface === undefined ? source : new OnePoint(source, input.interface);
      return displayed(filtered(of, filter), displayFilter, source.format === 'pcapng');
    };
    const capture = await gather(open, {
      name: input.name,
      file: input.file,
      interface: input.interface,
      share: 1 / inputs.length,
      filter: [filter, displayFilter ?? ''].filter((one) => one !== '').join('; '),
      maxConnections,
      damaged: ({ damage, truncated }) =>
        request.damaged(input, { damage: damage!, truncated: truncated === true }),
    });
    data.captures.push(capture);
  }
  return data;
}
