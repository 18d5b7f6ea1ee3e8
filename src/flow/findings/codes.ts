// What can be found about a TCP connection, as codes for programs: stable, and listed in docs/analyze.md (npm run docs).

/** Each with what it means. */
export const CONNECTION_FINDINGS = {
  'acks-lost': 'data is sent again and again after it was acknowledged: the ACKs do not arrive',
  'capture-loss': 'acknowledged data is missing from the capture: the capture lost packets',
  'capture-order': 'the capture is out of order: segments follow their own ACK',
  'captured-twice': 'the same packets were captured at two points',
  'checksum-offload': 'checksums were left to offload; normal on veth and loopback',
  'closed-unanswered': 'the side that closed first had sent nothing in answer to the data it received',
  'half-open': 'the handshake did not complete',
  icmp: 'an ICMP error reports a problem with packets of the connection',
  'loss-before': 'segments were lost upstream of the capture point',
  'loss-beyond': 'segments, or their ACKs, were lost downstream of the capture point',
  malformed: 'segments have a TCP header that contradicts itself',
  mtu: 'packets are larger than the MTU of a link on the path (ICMP)',
  'no-room': 'segments were sent again because the receiver had no room for them',
  'one-sided': 'only one direction of the connection is in the capture',
  refused: 'the connection was refused with an RST',
  rejected: 'the connection was rejected with an ICMP error',
  reordered: 'segments arrived out of order',
  reset: 'one side reset the connection',
  'reset-after-close': 'an RST after both sides had closed; harmless',
  'reused-ports': 'addresses and ports were used by an earlier connection',
  'segmentation-offload': 'segments larger than the path takes; normal with GSO, TSO and GRO',
  silence: 'a long time without a packet',
  'simultaneous-open': 'both sides sent a SYN without ACK (simultaneous open or split handshake)',
  'slow-handshake': 'parts of the handshake had to be sent more than once',
  spurious: 'data was sent again that had already arrived',
  stalled: 'a full or closed receive window stalled the sender',
  stuck: 'the same data was sent several times and never acknowledged',
  unanswered: 'SYNs were not answered',
  vanished: 'one side stopped answering',
  'window-shrunk': 'a receiver took back part of the window it had announced',
  'zero-window': 'a window was closed for a short time, as flow control allows',
} as const;

/** A code of what can be found about a connection. */
export type ConnectionFindingCode = keyof typeof CONNECTION_FINDINGS;
