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
  return address !== undefined && !all.some((otherCommand) => addressOf(otherCommand, 'add') === address);
}

function addressOf(command: Command, verb: 'add' | 'delete'): string | undefined {
  const index = command.indexOf('address');
  return index >= 0 && command[index + 1] === verb ? command[index + 2]?.split('/')[0] : undefined;
}

function proves(stake: Stake, { seen, dropped }: Evidence): boolean {
  const { sightings } = seen;
  switch (stake.kind) {
    case 'rewires':
      return false;
    case 'plugs':
      // What is sent there comes in at the port, and no other namespace sees it.
      return sightings.some(
        (sighting) =>
          sighting.direction === 'in' &&
          isRequest(sighting) &&
          stake.ports.some((port) => isAt(sighting, port)),
      );
    case 'misplaced':
      return sightings.some((sighting) => sighting.direction === 'out' && isAt(sighting, stake.node));
    case 'takes': {
      const { address, rivals } = stake;
      const meets = (sighting: Sighting) =>
        sighting.resolving === undefined
          ? sighting.direction === 'in' &&
            [sighting.source, sighting.target].some((end) => isSame(end, address))
          : sighting.resolving.reply
            ? sighting.direction === 'out' && isSame(sighting.resolving.address, address)
            : sighting.direction === 'in' && isSame(sighting.resolving.asker, address);
      const inodes = new Set(rivals.map(({ namespace }) => namespace.inode));
      return (
        sightings.some((sighting) => inodes.has(sighting.here.inode) && meets(sighting)) ||
        dropped.some(
          (drop) =>
            inodes.has(drop.here.inode) && [drop.source, drop.target].some((end) => isSame(end, address)),
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

function isSame(address: string | undefined, expected: string): boolean {
  return address !== undefined && sameAddress(address, expected);
}
