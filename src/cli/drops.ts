// nscap drops [NS…] [filter…]: packets that the kernel dropped, why and by which rule.
import { Command } from 'commander';
import { futureUser } from '../binding/privilege.ts';
import type { Way } from '../drops/event.ts';
import { openDrops } from '../drops/open.ts';
import { filterExpression } from '../filter/expression.ts';
import { addDropOptions, checkDropFlags, type DropFlags, dropPlanOf } from './drops/flags.ts';
import { DropSession } from './drops/session.ts';
import { divideWords } from './drops/words.ts';

/** What is watched if no namespace is given. */
const EVERYWHERE: Record<Way, string> = {
  bpf: 'all namespaces',
  tracefs: 'all namespaces',
  nft: 'this namespace and those that may be entered',
  counters: 'this namespace and those that may be entered',
};

export function command(): Command {
  const drops = new Command('drops')
    .description(
      'Show the packets that the kernel drops, in all namespaces or those given: reason, function, and the nft rule',
    )
    .argument('[words...]', 'namespaces, and a filter in pcap-filter(7) syntax')
    .usage('[options] [NAMESPACE...] [filter...]');
  return addDropOptions(drops)
    .addHelpText(
      'after',
      `
Assertions (--assert 'NAME OPERATOR NUMBER', operators == != < <= > >=):
  drops      packets dropped, without those that are no trouble
  harmless   those that are no sign of a fault, such as multicast without a receiver
  lost       events lost between the kernel and nscap
  REASON     packets dropped for a reason, such as NO_SOCKET or NETFILTER_DROP

Examples:
  nscap drops
  nscap drops ns1 ns2 tcp port 443
  nscap drops --explain ns1
  nscap drops -w drops.pcapng --duration 60 --assert 'drops == 0' ns1`,
    )
    .action(async (words: string[], flags: DropFlags) => {
      checkDropFlags(flags);
      const plan = dropPlanOf(flags);
      const { namespaces, filter } = await divideWords(words);
      const display =
        flags.displayFilter === undefined
          ? undefined
          : await (await import('./drops/displayed.ts')).displayedDrops(flags.displayFilter);
      const opened = await openDrops({
        how: flags.how,
        namespaces: namespaces.length === 0 ? undefined : namespaces,
        filter: filterExpression(filter, flags.filterFile),
        rules: flags.rules,
      });
      const delivery =
        flags.store === undefined
          ? undefined
          : new (await import('./store/delivery.ts')).LiveDelivery(
              flags.store,
              futureUser(flags.relinquishPrivileges),
            );
      try {
        const source = display === undefined ? opened : display(opened);
        await new DropSession(plan, source).run(
          namespaces.length > 0 ? namespaces.map(({ label }) => label).join(', ') : EVERYWHERE[source.way],
          namespaces,
        );
      } finally {
        await opened.close();
        await delivery?.end();
      }
    });
}
