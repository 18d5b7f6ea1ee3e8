// What becomes of packets that arrived: does anyone listen, was the datagram read, does the answer fit the request?
import { throughTranslator } from './checks/blame-translation.ts';
import { checkListener, haltedServer } from './checks/listener.ts';
import type { Evidence } from './evidence.ts';
import { sameAddress } from './fib.ts';
import { commandIn, sysctl } from './finding.ts';

/** At the target: does anyone answer pings, does anyone listen, did the datagram arrive? */
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
  const errors = moved('Udp.RcvbufErrors');
  if (errors > 0 && !probes?.port?.answered) {
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
        { code: 'counter', facts: { netns: end.here.label, counter: 'Udp.RcvbufErrors', count: errors } },
      ],
      fix: halted?.fix ?? [],
      proved: true,
    });
  } else if (state.moved === undefined || moved('Udp.InDatagrams') > 0 || listener.waiting > 0)
    evidence.listener = listener;
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
    // Seen at the asker: the packet came back, and is taken for none of its own.
    place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY },
    fix: !stateless
      ? await throughTranslator(evidence, by)
      : by.rule === undefined
        ? []
        : [commandIn(by.here, ...by.rule.deletion)],
  });
}
