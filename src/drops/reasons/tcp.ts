// Reasons of TCP.
import type { Row } from './reason.ts';

const KEYS = 'TCP_MD5SIG of the listener or connection (RFC 2385); nstat -az TcpExtTCPMD5*';
const AO_KEYS = 'TCP_AO_ADD_KEY of the listener or connection (RFC 5925); nstat -az TcpExtTCPAO*';

export const TCP_REASONS: Record<string, Row> = {
  TCP_CSUM: ["TCP's checksum is wrong", 'ethtool -k DEV (checksum offload); nstat -az TcpInCsumErrors'],
  TCP_AUTH_HDR: ['the authentication options (MD5, AO) are malformed or contradict each other'],
  TCP_MD5NOTFOUND: ['it has no MD5 signature, and the socket requires one', KEYS],
  TCP_MD5UNEXPECTED: ['it has an MD5 signature, and the socket has no key for the sender', KEYS],
  TCP_MD5FAILURE: ['its MD5 signature is wrong: the keys differ', KEYS],
  TCP_AONOTFOUND: ['it has no AO signature, and the socket requires one', AO_KEYS],
  TCP_AOUNEXPECTED: ['it has an AO signature, and the socket expects none', AO_KEYS],
  TCP_AOKEYNOTFOUND: ['it is signed with an AO key that the socket does not have', AO_KEYS],
  TCP_AOFAILURE: ['its AO signature is wrong: the keys differ', AO_KEYS],
  TCP_FLAGS: ["its TCP flags do not fit the connection's state"],
  TCP_ABORT_ON_DATA: ['data arrived for a connection that its program had already closed; it is reset'],
  TCP_ZEROWINDOW: ['it arrived while the receive window was closed: the program does not read', 'ss -tinm'],
  TCP_OLD_DATA: ['it contains only data that was already received: a spurious retransmission'],
  TCP_OVERWINDOW: ['it lies beyond the receive window'],
  TCP_OFOMERGE: ['all of its data is already in the out-of-order queue'],
  TCP_RFC7323_PAWS: [
    'its timestamp is older than the last one (PAWS, RFC 7323)',
    'nstat -az TcpExtPAWSEstab; sysctl net.ipv4.tcp_timestamps',
  ],
  TCP_RFC7323_PAWS_ACK: ['an old ACK: its timestamp is older than the last one (PAWS, RFC 7323)'],
  TCP_RFC7323_TW_PAWS: [
    'a new connection on the ports of one in TIME-WAIT, with an older timestamp (PAWS, RFC 7323)',
    'nstat -az TcpExtTWKilled TcpExtPAWSActive; ss -tn state time-wait',
  ],
  TCP_RFC7323_TSECR: ['it echoes a timestamp that was never sent'],
  TCP_LISTEN_OVERFLOW: [
    "the listener's queue is full: the program does not accept fast enough",
    'ss -ltn (Recv-Q against Send-Q); sysctl net.core.somaxconn net.ipv4.tcp_max_syn_backlog',
  ],
  TCP_OLD_SEQUENCE: ['it lies before the receive window: old data'],
  TCP_INVALID_SEQUENCE: ['its sequence number is outside the receive window'],
  TCP_INVALID_END_SEQUENCE: ['it ends beyond the receive window'],
  TCP_INVALID_ACK_SEQUENCE: ['its acknowledgment number is not between SND.UNA and SND.NXT'],
  TCP_RESET: ['an RST whose sequence number is not exactly the one expected (RFC 5961)'],
  TCP_INVALID_SYN: ['a SYN within an established connection; answered with a challenge ACK (RFC 5961)'],
  TCP_CLOSE: ['it arrived for a socket that is closed'],
  TCP_FASTOPEN: ['a Fast Open SYN-ACK or FIN that cannot be used', 'sysctl net.ipv4.tcp_fastopen'],
  TCP_OLD_ACK: ['it acknowledges only data that was acknowledged before'],
  TCP_TOO_OLD_ACK: ['its acknowledgment number is far too old (RFC 5961, 5.2)'],
  TCP_ACK_UNSENT_DATA: ['it acknowledges data that was never sent'],
  TCP_OFO_QUEUE_PRUNE: [
    'out-of-order data was discarded for lack of memory',
    'sysctl net.ipv4.tcp_rmem; nstat -az TcpExtOfoPruned',
  ],
  TCP_OFO_DROP: ['out-of-order data that has since arrived in order'],
  TCP_MINTTL: ['its TTL is below what the socket requires', 'IP_MINTTL or IPV6_MINHOPCOUNT of the program'],
};
