// nscap exporter POINT…: counters of interfaces for Prometheus.
import { Command, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../errors.ts';
import { parseCount } from './arguments.ts';
import type { ExporterFlags } from './exporter/flags.ts';

const DEFAULT_PORT = 9437;

export function command(): Command {
  return new Command('exporter')
    .description(
      'Serve counters by verdict, drops by reason and round-trip times as OpenMetrics, for Prometheus',
    )
    .argument('[words...]', 'points, NAMESPACE:INTERFACE each; and a filter in pcap-filter(7) syntax')
    .usage('[options] POINT... [filter...]')
    .addOption(
      new Option('--listen <address>', 'address and port to listen on')
        .argParser(parseListen)
        .default({ host: '127.0.0.1', port: DEFAULT_PORT }, `127.0.0.1:${DEFAULT_PORT}`),
    )
    .option('--drops', 'also count the packets that the kernel drops in these namespaces, by reason')
    .option(
      '--max-connections <n>',
      'TCP connections followed at a time on each interface',
      parseCount,
      100_000,
    )
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addHelpText(
      'after',
      `
Namespace 'host' is the one that nscap runs in. GET /metrics is served in the host's namespace, wherever packets are captured.

Examples:
  nscap exporter host:eth0
  nscap exporter --drops --listen 0.0.0.0:9437 ns1:veth0 ns2:veth1 tcp`,
    )
    .action(async (words: string[], flags: ExporterFlags) => {
      if (words.length === 0) throw usageError('no point is given', 'nscap exporter host:eth0');
      const { serve } = await import('./exporter/serve.ts');
      await serve(words, flags);
    });
}

/** `:9437`, `0.0.0.0:9437`, `[::]:9437`. */
function parseListen(text: string): ExporterFlags['listen'] {
  const [, ipv6, host, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]*)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('an address and a port are wanted, such as 127.0.0.1:9437.');
  return { host: ipv6 ?? (host || '0.0.0.0'), port: Number(port) };
}
