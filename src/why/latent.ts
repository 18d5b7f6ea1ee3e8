// Problems of a target that is reached: this request does not run into them, but a later one will.
import { haltedServer } from './checks/listener.ts';
import type { Evidence } from './evidence.ts';
import { named } from './facts/names.ts';
import { type Finding, setLink } from './finding.ts';

/** The first such finding; undefined where there is none. */
export function latent(evidence: Evidence): Finding | undefined {
  return downLoopback(evidence) ?? haltedListener(evidence) ?? notAccepted(evidence) ?? resetAtOnce(evidence);
}

function downLoopback({ request, snapshot }: Evidence): Finding | undefined {
  const lo = snapshot.topology.find(request.asker, 'lo');
  if (lo === undefined || lo.link.up) return undefined;
  return {
    code: 'loopback-down',
    effect: 'latent',
    step: 'loopback',
    facts: { netns: request.asker.label },
    evidence: [{ code: 'interface-state', facts: { ...named(lo), state: lo.link.state } }],
    fix: [setLink(lo, 'up')],
  };
}

/** The kernel shakes hands for a server that is stopped, as long as there is room in its queue: no data is answered. */
function haltedListener({ there, listener, request }: Evidence): Finding | undefined {
  if (listener === undefined || there?.arrived === undefined || request.protocol === 'icmp') return undefined;
  const finding = haltedServer(there.arrived.here, listener, listener.port, request.protocol);
  return finding && { ...finding, effect: 'latent' };
}

/** Connections that wait in a listener's queue are the kernel's work: its program has not seen them. */
function notAccepted({ probes, there, listener, request }: Evidence): Finding | undefined {
  if (listener === undefined || there?.arrived === undefined || probes?.port?.server !== 'waits')
    return undefined;
  const { others = [], ...first } = listener;
  const idle = [first, ...others].find(({ waiting }) => waiting > 0);
  if (idle === undefined || request.protocol !== 'tcp') return undefined;
  return {
    code: 'not-accepted',
    effect: 'latent',
    step: 'port',
    facts: {
      netns: there.arrived.here.label,
      protocol: 'tcp',
      port: idle.port,
      ...(idle.process === undefined ? {} : { process: idle.process }),
      ...(others.length === 0 ? {} : { sockets: others.length + 1 }),
    },
    evidence: [
      {
        code: 'accept-queue',
        facts: { netns: there.arrived.here.label, port: idle.port, waiting: idle.waiting },
      },
    ],
    fix: [],
  };
}

/** A server that accepts a connection and resets it without sending anything is reachable but useless. */
function resetAtOnce({ probes, there, listener, request }: Evidence): Finding | undefined {
  if (probes?.port?.server !== 'resets') return undefined;
  const where = there?.arrived === undefined ? request.address! : there.arrived.here.label;
  return {
    code: 'connection-reset',
    effect: 'latent',
    step: 'port',
    facts: {
      target: where,
      port: request.port,
      ...(listener?.process === undefined ? {} : { process: listener.process }),
    },
    evidence: [{ code: 'connection-reset', facts: { target: where, port: request.port } }],
    fix: [],
  };
}
