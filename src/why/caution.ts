// A fix that moves an interface, or takes an address away, does harm where the model behind it is wrong. Such a cause is
// certain only where packets of this run showed it; else it is likely, and --fix leaves it to a person.
import type { Evidence } from './evidence.ts';
import { sameAddress } from './fib.ts';
import type { Command, Finding, Stake } from './finding.ts';
import type { Sighting } from './sightings.ts';

/** The finding, no more than likely where its fix risks more than was proved. */
export function cautious(finding: Finding, evidence: Evidence): Finding {
  if (finding.possible || finding.proved || !risks(finding)) return finding;
  return finding.stake !== undefined && proves(finding.stake, evidence)
    ? finding
    : { ...finding, possible: true };
}

function risks({ stake, fix }: Finding): boolean {
  return stake !== undefined || fix.some((command) => moves(command) || takesAway(command, fix));
}

function moves(command: Command): boolean {
  return command.includes('set') && command.includes('netns') && command.includes('link');
}

/** An address that goes for good: not one that comes back with another prefix. */
function takesAway(command: Command, all: readonly Command[]): boolean {
  const address = addressOf(command, 'delete');
  return address !== undefined && !all.some((other) => addressOf(other, 'add') === address);
}

function addressOf(command: Command, verb: 'add' | 'delete'): string | undefined {
  const at = command.indexOf('address');
  return at >= 0 && command[at + 1] === verb ? command[at + 2]?.split('/')[0] : undefined;
}

function proves(stake: Stake, { seen, dropped }: Evidence): boolean {
  const { sightings } = seen;
  switch (stake.kind) {
    case 'rewires':
      return false;
    case 'plugs':
      // What is sent there comes in at the port, and nobody else sees it.
      return sightings.some(
        (one) => one.direction === 'in' && isRequest(one) && stake.ports.some((port) => isAt(one, port)),
      );
    case 'misplaced':
      return sightings.some((one) => one.direction === 'out' && isAt(one, stake.from));
    case 'takes': {
      const { address, rivals } = stake;
      const meets = (one: Sighting) =>
        one.resolving === undefined
          ? one.direction === 'in' && [one.source, one.target].some((end) => isSame(end, address))
          : one.resolving.reply
            ? one.direction === 'out' && isSame(one.resolving.address, address)
            : one.direction === 'in' && isSame(one.resolving.asker, address);
      const inodes = new Set(rivals.map(({ namespace }) => namespace.inode));
      return (
        sightings.some((one) => inodes.has(one.here.inode) && meets(one)) ||
        dropped.some(
          (one) => inodes.has(one.here.inode) && [one.source, one.target].some((end) => isSame(end, address)),
        )
      );
    }
  }
}

function isRequest({ resolving }: Sighting): boolean {
  return resolving?.reply !== true;
}

function isAt(
  { here, dev }: Sighting,
  { namespace, link }: { namespace: { inode: number }; link: { name: string } },
): boolean {
  return here.inode === namespace.inode && dev === link.name;
}

function isSame(one: string | undefined, other: string): boolean {
  return one !== undefined && sameAddress(one, other);
}
