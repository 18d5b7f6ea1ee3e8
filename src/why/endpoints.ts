// What becomes of packets that arrived: is there a listener, was the datagram read, does the answer match the request?
import * as ipProtocol from '../wire/registry/ip-protocols.ts';
import { throughTranslator } from './checks/blame-translation.ts';
import { checkListener, haltedServer, type Listener } from './checks/listener.ts';
import type { Evidence } from './evidence.ts';
import { sameAddress } from './fib.ts';
import { commandIn, type Finding, sysctl } from './finding.ts';

/** At the target: are pings answered, is there a listener, did the datagram arrive? */
export async function checkEnd(evidence: Evidence): Promise<void> {
  const { there, request, snapshot, probes } = evidence;
  const end = there?.arrived;
  if (end === undefined) return;
  const state = await snapshot.state(end.here);
  if (request.protocol === 'icmp') {
    const name = request.family === 4 ? 'net/ipv4/icmp_echo_ignore_all' : 'net/ipv6/icmp/echo_ignore_all';
    if (state.settings.get(name) === '1' && probes?.ping.outcome !== 'answered') {
      evidence.findings.push({
        code: 'ping-ignored',
        step: 'ping',
        facts: { netns: end.here.label, setting: name.replaceAll('/', '.') },
        evidence: [
          {
            code: 'setting',
            facts: { netns: end.here.label, setting: name.replaceAll('/', '.'), value: '1' },
          },
        ],
        fix: [sysctl(end.here, name.replaceAll('/', '.'), 0)],
      });
    }
    return;
  }
  const { finding, listener } = await checkListener(
    snapshot,
    end.here,
    there!.spec,
    end.ingress?.link.name ?? 'lo',
  );
  if (finding !== undefined) evidence.findings.push(finding);
  if (listener !== undefined && request.protocol === 'tcp') evidence.listener = listener;
  if (listener === undefined || request.protocol !== 'udp') return;
  const moved = (name: string) =>
    (state.moved?.get(name) ?? 0) + (state.moved?.get(`${name.replace('Udp.', 'Udp6')}`) ?? 0);
  if (probes?.port?.answered !== true) {
    const strange = strangeAnswer(evidence, listener);
    if (strange !== undefined) {
      evidence.findings.push(strange);
      return;
    }
  }
  const errors = moved('Udp.RcvbufErrors');
  // Beyond a translation, the counters were not read before the packet was sent.
  const isFull = listener.isFull && moved('Udp.InDatagrams') === 0;
  if ((errors > 0 || isFull) && !probes?.port?.answered) {
    const halted = haltedServer(end.here, listener, listener.port, 'udp');
    evidence.findings.push({
      code: 'receive-buffer-full',
      step: 'port',
      facts: {
        netns: end.here.label,
        port: listener.port,
        ...(listener.process === undefined ? {} : { process: listener.process }),
        stopped: halted !== undefined,
      },
      evidence: [
        errors > 0
          ? { code: 'counter', facts: { netns: end.here.label, counter: 'Udp.RcvbufErrors', count: errors } }
          : {
              code: 'socket-memory',
              facts: { netns: end.here.label, port: listener.port, ...listener.memory },
            },
      ],
      fix: halted?.fix ?? [],
      ...(errors > 0 ? { proved: true } : { possible: true }),
    });
  } else if (state.moved === undefined || moved('Udp.InDatagrams') > 0 || listener.waiting > 0)
    evidence.listener = listener;
}

/**
 * An answer came back to the asker's port from an address that was not asked: its kernel takes it for none of the
 * socket's, and refuses it.
 */
function strangeAnswer(
  { packets, request, there, flows, back }: Evidence,
  server: Listener,
): Finding | undefined {
  const own = flows.find(({ name }) => name === 'port')?.port;
  const answer = packets.find(
    (one) =>
      one.here.inode === request.asker.inode &&
      one.direction === 'in' &&
      one.protocol === ipProtocol.UDP &&
      one.targetPort === own &&
      one.sourcePort === request.port &&
      one.source !== undefined &&
      !sameAddress(one.source, request.address!),
  );
  const source = answer?.source;
  if (source === undefined) return undefined;
  const by = back?.translations.find((one) => one.kind === 'snat' && sameAddress(one.after, source));
  const { here } = there!.arrived!;
  return {
    code: 'answered-from-elsewhere',
    step: 'back',
    facts: {
      netns: here.label,
      protocol: 'udp',
      port: server.port,
      ...(server.process === undefined ? {} : { process: server.process }),
      source,
      asked: request.address!,
      ...(by?.rule === undefined ? {} : { translatedBy: by.here.label }),
    },
    evidence: [
      {
        code: 'answer-captured',
        facts: { netns: request.asker.label, interface: answer!.dev, source, port: request.port! },
      },
    ],
    place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY },
    fix: by?.rule === undefined ? [] : [commandIn(by.here, ...by.rule.deletion)],
    proved: true,
  };
}

/**
 * The answer gets back to the asker, but comes from another than was asked: it went past the namespace that translated
 * the request, or the translation is one of those that no answer is set right for.
 */
export async function checkAnswer(evidence: Evidence): Promise<void> {
  const { back, there, request } = evidence;
  if (back?.arrived?.here !== request.asker || there === undefined) return;
  const source = back.spec.source;
  if (source === undefined || sameAddress(source, request.address!)) return;
  const by = there.translations.find(
    (translation) => translation.kind === 'dnat' && sameAddress(translation.after, source),
  );
  if (by === undefined || by.guessed) return;
  const stateless = by.stateless === true;
  evidence.findings.push({
    code: 'answer-not-translated',
    step: 'back',
    facts: {
      netns: by.here.label,
      before: by.before,
      after: by.after,
      source,
      asker: request.asker.label,
      server: there.arrived!.here.label,
      stateless,
      ...(by.chain === undefined ? {} : { table: by.chain.table }),
    },
    evidence: [{ code: 'path', facts: { reply: true, namespaces: back.hops.map((hop) => hop.here.label) } }],
    // Seen at the asker: the packet came back, and matches no connection of the asker's.
    place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY },
    fix: !stateless
      ? await throughTranslator(evidence, by)
      : by.rule === undefined
        ? []
        : [commandIn(by.here, ...by.rule.deletion)],
  });
}
