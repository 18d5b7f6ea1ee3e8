// The firewall of one namespace: nft rulesets and both kinds of iptables, in one shape.
import { NscapError } from '../errors.ts';
import { attemptInside } from '../netns/inside.ts';
import type { Namespace } from '../netns/namespace.ts';
import { nftDocument } from '../netns/nft-json.ts';
import { firewallTables } from '../netns/settings.ts';
import { chainsFromSave } from './iptables.ts';
import { addDevices, chainsFromNft } from './nft.ts';
import type { Chain, Firewall } from './ruleset.ts';

/** Reads all of it. `legacy4` and `legacy6` say whether the legacy kernel tables are in use: listing them would create them. */
export async function readFirewall(
  namespace: Namespace,
  legacy4: boolean,
  legacy6: boolean,
): Promise<Firewall> {
  const tables = firewallTables(namespace);
  const [nft, four, six] = await Promise.all([
    tables?.length === 0 ? undefined : ask(namespace, ['nft', '-j', 'list', 'ruleset']),
    legacy4 ? ask(namespace, ['iptables-legacy-save', '-c']) : undefined,
    legacy6 ? ask(namespace, ['ip6tables-legacy-save', '-c']) : undefined,
  ]);
  const firewall: Firewall = { chains: [], legacy4, legacy6 };
  if (nft?.text !== undefined) {
    const document = await nftDocument(nft.text, async (argv) => (await ask(namespace, argv)).text);
    if (document.untold.length > 0)
      firewall.problem = `nft does not print the table ${document.untold[0]} as JSON`;
    const { chains, foreign } = chainsFromNft(JSON.stringify(document));
    if (chains.some((chain) => /gress$/.test(chain.hook ?? '') && chain.devices.length === 0)) {
      const text = await ask(namespace, ['nft', 'list', 'ruleset']);
      if (text.text !== undefined) addDevices(chains, text.text);
    }
    // Rules made by iptables-nft may have matches that nft cannot express: iptables-save lists them.
    for (const family of foreign) {
      const tool = family === 'ip' ? 'iptables' : 'ip6tables';
      const saved = await ask(namespace, [`${tool}-nft-save`, '-c']);
      if (saved.text !== undefined) replaceTables(chains, chainsFromSave(saved.text, tool));
    }
    firewall.chains.push(...chains);
  } else if (nft?.problem !== undefined) firewall.problem = nft.problem;
  else if (nft !== undefined && tables !== undefined) firewall.problem = 'the program nft is not installed';
  if (four?.text !== undefined) firewall.chains.push(...chainsFromSave(four.text, 'iptables-legacy'));
  if (six?.text !== undefined) firewall.chains.push(...chainsFromSave(six.text, 'ip6tables-legacy'));
  return firewall;
}

/** Notes in `after` how far each counter moved since `before`. */
export function compareCounters(before: Firewall, after: Firewall): void {
  const chains = new Map(before.chains.map((chain) => [key(chain), chain]));
  for (const chain of after.chains) {
    const earlier = chains.get(key(chain));
    if (earlier === undefined) continue;
    if (chain.policyPackets !== undefined && earlier.policyPackets !== undefined) {
      chain.policyMoved = chain.policyPackets - earlier.policyPackets;
    }
    for (const [index, rule] of chain.rules.entries()) {
      const same = earlier.rules[index];
      if (rule.packets === undefined || same?.packets === undefined || same.text !== rule.text) continue;
      rule.moved = rule.packets - same.packets;
    }
  }
}

function key(chain: Chain): string {
  return JSON.stringify([chain.tool, chain.family, chain.table, chain.name]);
}

/** Puts what the one tool says in place of what the other said of the same tables; keeps nft's handles. */
function replaceTables(chains: Chain[], better: Chain[]): void {
  for (const chain of better) {
    const position = chains.findIndex(
      (candidate) =>
        candidate.family === chain.family && candidate.table === chain.table && candidate.name === chain.name,
    );
    if (position < 0) continue;
    const old = chains[position];
    if (old.rules.length !== chain.rules.length) continue;
    for (const [index, rule] of chain.rules.entries()) {
      const { handle } = old.rules[index];
      if (handle !== undefined) rule.handle = handle;
    }
    chains[position] = { ...chain, priority: old.priority };
  }
}

async function ask(namespace: Namespace, argv: string[]): Promise<{ text?: string; problem?: string }> {
  try {
    const result = await attemptInside(namespace, argv);
    if (result.status === 0) return { text: result.stdout };
    return { problem: `${argv[0]}: ${result.stderr.trim().split('\n')[0]}` };
  } catch (error) {
    // Without the tool there is no rule of its kind either, as a rule.
    if (error instanceof NscapError && error.code === 'MISSING_TOOL') return {};
    throw error;
  }
}
