// Findings about how a connection began.
import { icmpErrorText } from '../../base/icmp-error.ts';
import { count, duration } from '../../base/units.ts';
import { type Findings, verdictOf, within } from './finding.ts';

export function openingFindings(findings: Findings): void {
  const { connection } = findings;
  const { client, server, opening, synFrame, synAckFrame } = connection;
  const again = verdictOf(client, 'retransmission').frames;
  const answered = icmp(findings);
  if (opening === 'refused') {
    findings.problem(
      'refused',
      `${server.endpoint} refused the connection of ${client.endpoint} with an RST: nobody listens there, or a firewall rejects it`,
      [synFrame, server.rstFrame],
    );
  } else if (opening === 'unanswered' && !answered) {
    const what =
      client.syns === 1
        ? `${server.endpoint} has not answered the SYN of ${client.endpoint}`
        : `${server.endpoint} answered none of ${client.syns} SYNs of ${client.endpoint}${within(client.lastTime - connection.start)}`;
    findings.problem(
      'unanswered',
      `${what}: a firewall drops them, the host is away, or its queue of connections to accept is full`,
      [synFrame, ...again],
    );
  } else if (opening === 'half-open') {
    if (client.rstFrame > synAckFrame) {
      findings.problem(
        'half-open',
        `${client.endpoint} answered the SYN-ACK of ${server.endpoint} with an RST: it did not want the connection (a port scan, or a process that is gone)`,
        [synFrame, synAckFrame, client.rstFrame],
      );
    } else if (server.syns > 1 || client.syns > 1) {
      const lost =
        client.syns > 1
          ? `${client.endpoint} goes on asking, so SYN-ACKs are lost on the way to it: a firewall, or the route back`
          : `no ACK of ${client.endpoint} comes back: it is lost on the way, or SYN-ACKs are`;
      findings.problem(
        'half-open',
        `the handshake was not completed: ${server.endpoint} sent ${count(server.syns, 'SYN-ACK')}, but ${lost}`,
        [synFrame, synAckFrame, ...verdictOf(server, 'retransmission').frames],
      );
    }
  }
  if (opening === 'handshake') slow(findings);
  const reused = verdictOf(client, 'reused_ports');
  if (reused.count > 0) {
    findings.note(
      'reused-ports',
      `${client.endpoint} was used for an earlier connection to ${server.endpoint}, too`,
      reused.frames,
    );
  }
}

/** A handshake that took more than one packet of a kind: which of them was lost, and where? */
function slow(findings: Findings): void {
  const { connection } = findings;
  const { client, server, synFrame, synAckFrame, handshakeFrame } = connection;
  const took = `the handshake took ${duration(connection.synToSynAck + connection.synAckToAck)}`;
  const again = verdictOf(client, 'retransmission').frames.filter((frame) => frame <= client.lastSynFrame);
  const proofs = [synFrame, ...again, synAckFrame, server.lastSynFrame, handshakeFrame];
  if (client.syns > 1 && client.lastSynFrame > synAckFrame) {
    findings.problem(
      'slow-handshake',
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs though ${server.endpoint} had answered: SYN-ACKs passed the point of capture and were lost between there and ${client.endpoint}, or came too late`,
      proofs,
    );
  } else if (client.syns === 1 && server.lastSynFrame > handshakeFrame) {
    findings.problem(
      'slow-handshake',
      `${server.endpoint} sent its SYN-ACK ${count(server.syns, 'time')} though ${client.endpoint} had acknowledged it: that ACK was lost between the point of capture and ${server.endpoint}, or its queue of connections to accept is full`,
      proofs,
    );
  } else if (client.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs until ${server.endpoint} answered: the first were lost or dropped on the way, or their answers were before the point of capture`,
      proofs,
    );
  } else if (server.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${server.endpoint} had to send ${server.syns} SYN-ACKs until ${client.endpoint} acknowledged: the first were lost on the way, or their ACKs before the point of capture`,
      proofs,
    );
  }
}

/** What an ICMP error says about it. True where that explains a missing answer. */
function icmp(findings: Findings): boolean {
  const { client, server, icmp: error, opening, synFrame } = findings.connection;
  if (error.frame === 0) return false;
  const words = icmpErrorText(error.version as 4 | 6, error.type, error.code);
  const tooBig = error.version === 4 ? error.type === 3 && error.code === 4 : error.type === 2;
  if (tooBig) {
    findings.problem(
      'mtu',
      `packets between ${client.endpoint} and ${server.endpoint} are larger than a link on the way takes (ICMP: ${words})`,
      [error.frame],
    );
    return false;
  }
  const rejected = opening === 'unanswered';
  findings.problem(
    rejected ? 'rejected' : 'icmp',
    rejected
      ? `the connection of ${client.endpoint} to ${server.endpoint} was rejected with an ICMP error, ${words}: ${reason(words)}`
      : `an ICMP error says of packets between ${client.endpoint} and ${server.endpoint}: ${words}: ${reason(words)}`,
    [synFrame, error.frame],
  );
  return rejected;
}

function reason(words: string): string {
  if (/port|prohibited|policy/.test(words)) return 'a firewall rule rejects it';
  if (/host|address/.test(words)) return 'the last router gets no answer from the host (no neighbour entry)';
  return 'a router has no way there';
}
