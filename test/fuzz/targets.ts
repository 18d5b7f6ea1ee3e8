// Every target, in the order in which they are fuzzed: a row here and an export in targets/ is all that one needs.

import type { Target } from './target.ts';
import { bpfRecords, counters, kernelTrace, nftTraces } from './targets/drops.ts';
import { compressed, pcap, pcapng } from './targets/files.ts';
import { display, fields, filter, program } from './targets/filters.ts';
import { analyze, follow, trace } from './targets/flows.ts';
import { listings, sockets } from './targets/listings.ts';
import { addresses, extcap, lab } from './targets/names.ts';
import { layers, print } from './targets/printing.ts';
import { answer, parquet, spool, storeTarget } from './targets/stores.ts';
import { btf, iptables, netlink, nftJson, nftMessages, traceLines } from './targets/system.ts';
import { assertions, commandLine } from './targets/words.ts';

export const TARGETS: readonly Target[] = [
  print,
  layers,
  fields,
  analyze,
  follow,
  trace,
  pcap,
  pcapng,
  compressed,
  filter,
  program,
  display,
  btf,
  netlink,
  nftMessages,
  traceLines,
  nftJson,
  iptables,
  lab,
  addresses,
  extcap,
  commandLine,
  assertions,
  parquet,
  spool,
  answer,
  storeTarget,
  bpfRecords,
  nftTraces,
  kernelTrace,
  counters,
  listings,
  sockets,
];
