// The steps of an examination, in words.
import { agree } from '../../base/units.ts';
import type { StepFacts } from '../../why/facts/steps.ts';
import { STEPS, type Step, type StepName } from '../../why/finding.ts';
import { evidenceText } from './observations.ts';
import { observedText } from './observed-path.ts';
import { interfaceText } from './rendering.ts';
import { causeText } from './sentences.ts';

/** What the step showed. */
export function stepText(step: Step): string {
  if ('finding' in step) return `${causeText(step.finding)} (${evidenceText(step.finding.evidence)})`;
  if ('behind' in step) return `not reached: see ${STEPS[step.behind]}`;
  return shown(step);
}

type Words = { readonly [Name in StepName]: (facts: StepFacts[Name], status: Step['status']) => string };

function shown<Name extends StepName>({
  name,
  status,
  facts,
}: {
  name: Name;
  status: Step['status'];
  facts: StepFacts[Name];
}): string {
  const words: Words[Name] = WORDS[name];
  return words(facts, status);
}

const WORDS: Words = {
  namespace: ({ netns, inode }) => `${netns} is there (net:[${inode}])`,
  loopback: ({ netns, state }) => (state === 'unseen' ? `no lo is seen in ${netns}` : `lo is ${state}`),
  address: ({ family, addresses }) =>
    addresses.length === 0
      ? `no interface has an IPv${family} address`
      : addresses.map((one) => `${one.interface} ${one.address}/${one.prefix}`).join(', '),
  owner: ({ understood, address, owner }) => {
    if (address === undefined) return `${understood} has no address`;
    const said = understood === address ? '' : `${understood} is ${address}, `;
    return owner === undefined
      ? `${said}no namespace seen here has ${address}`
      : `${said}${address} is on ${interfaceText(owner)}`;
  },
  route: ({ address, gateway, interface: device, source = '?' }) =>
    device === undefined
      ? `${address} is its own: by lo`
      : `${address}${gateway === undefined ? '' : ` via ${gateway}`} dev ${device} src ${source}`,
  link: ({ interface: device, up, carrier, leadsTo }) => {
    const here = `${device} is ${up ? 'up' : 'down'}, has ${carrier ? 'a' : 'no'} carrier`;
    const rest = leadsTo.map((one) => `${interfaceText(one)}${one.up ? '' : ' (down)'}`);
    return rest.length === 0 ? here : `${here}, leads to ${rest.join(' → ')}`;
  },
  neighbour: ({ nextHop, mac, state }, status) => {
    if (mac !== undefined) return `${nextHop} is at ${mac} (${state.join(',')})`;
    return status === 'failed' ? `${nextHop}: no answer (FAILED)` : `nothing known of ${nextHop} yet`;
  },
  hops: ({ namespaces, routers }, status) => {
    const labels = namespaces.join(' → ');
    if (routers === undefined)
      return status === 'skipped' ? `${labels}, and from there on it can't be seen` : labels;
    if (routers.length === 0) return `${labels}, no router between`;
    return `${labels}, ${routers.join(', ')} forward${routers.length === 1 ? 's' : ''}`;
  },
  firewall: firewallText,
  back: ({ route }) => {
    if (route === undefined) return 'the other end can not be seen';
    const { netns, target, gateway, interface: device } = route;
    return `${netns}: ${target}${gateway === undefined ? '' : ` via ${gateway}`} dev ${device}`;
  },
  mtu: ({ packet }) => {
    if (packet === undefined) return 'not tried: pings are not answered';
    const { size, fate, said } = packet;
    if (fate === 'answered') return `${size} bytes get through undivided`;
    return fate === 'too-big' ? `${size} bytes are too many, and a router says so: ${said}` : said;
  },
  capture: ({ observed, refused = 'no capture was possible' }) =>
    observed === undefined ? refused : observedText(observed),
  ping: ({ said = 'nothing to ping', portWorks }) => (portWorks ? `${said}, but the port works` : said),
  port: ({ protocol, port, said, listener, isSilent, carried }) => {
    const process = listener?.process;
    const by =
      listener === undefined
        ? ''
        : `, ${listener.address}:${listener.port}${process === undefined ? '' : ` of ${process.name} (${process.id})`}`;
    const silent = isSilent ? '; the server says nothing by itself' : '';
    const payload = carried === undefined ? '' : `; ${carried} bytes of payload arrived`;
    return `${protocol.toUpperCase()} port ${port}: ${said}${by}${silent}${payload}`;
  },
};

function firewallText({ namespaces, whole }: StepFacts['firewall']): string {
  const labels = namespaces.map(({ netns }) => netns).join(', ');
  const unread = namespaces.flatMap(({ netns, problem }) =>
    problem === undefined ? [] : [`${netns} (${problem})`],
  );
  if (unread.length > 0) return `the rules could not be read in ${unread.join(', ')}`;
  if (!whole) return `the way is not seen to its end, only ${labels}`;
  const counted = namespaces
    .filter(({ chains }) => chains > 0)
    .map(
      ({ netns, rules, chains }) =>
        `${netns} has ${rules} ${agree(rules, 'rule', 'rules')} in ${chains} ${agree(chains, 'chain', 'chains')}`,
    );
  return counted.length === 0 ? `no rules in ${labels}` : `${counted.join(', ')}: none stops it`;
}
