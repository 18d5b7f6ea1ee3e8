// nscap top NS IFACE [filter…]: the busiest connections of an interface, refreshed once a second.
import { Command, Option } from 'commander';
import { usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { ORDERS, type Order } from '../report/top.ts';
import { enter } from './capture/enter.ts';
import { namespaceOf } from './capture/namespace.ts';
import { STORE_OPTION } from './store/options.ts';

interface TopFlags {
  sort: Order;
  filterFile?: string;
  store?: string;
}

export function command(): Command {
  return new Command('top')
    .description('show the busiest TCP connections of an interface, refreshed once a second')
    .argument('<namespace>', 'a name, pid:PID, container:NAME, a path, or host')
    .argument('<interface>', 'an interface of it, or any')
    .argument('[filter...]', 'only packets that match this pcap-filter(7) expression')
    .addOption(new Option('--sort <by>', 'sort order').choices(Object.keys(ORDERS)).default('bytes' as Order))
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option(...STORE_OPTION)
    .addHelpText(
      'after',
      `
Keys: b bytes, p packets, r round-trip time, t retransmissions, q quits.
Round-trip times are from a segment to its acknowledgment, as seen where packets are captured.
Examples:
  nscap top ns1 veth0
  nscap top --sort retransmissions ns1 veth0 tcp port 7096`,
    )
    .action(async (name: string, device: string, words: string[], flags: TopFlags) => {
      if (!process.stdout.isTTY || process.env.TERM === 'dumb') {
        throw usageError(
          'top needs a terminal to draw on',
          'nscap capture --analyze --json --duration 5 NAMESPACE INTERFACE answers programs; nscap analyze FILE a capture file',
        );
      }
      let namespace = await namespaceOf(name, false);
      const { futureUser } = await import('../binding/privilege.ts');
      const delivery =
        flags.store === undefined
          ? undefined
          : new (await import('./store/delivery.ts')).LiveDelivery(flags.store, futureUser(undefined));
      if (namespace.enter.length > 0) namespace = enter(namespace);
      const { watch } = await import('./top/watch.ts');
      await watch(namespace, device, filterExpression(words, flags.filterFile), flags);
      await delivery?.end();
    });
}
