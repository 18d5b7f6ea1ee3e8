// Connections as a table, and one connection in full.
import { escapeControls } from '../../base/escape-controls.ts';
import { agree, bitRate, byteSize, count, duration } from '../../base/units.ts';
import type { Connection, RoundTrips, Side } from '../../flow/record.ts';
import { tableLines } from '../table.ts';
import { type Finding, findingText } from './findings.ts';
import { handshakeSplit } from './json.ts';

/** Columns, each with both directions in one cell: the client's on top. */
const HEAD = [
  '#',
  'client / server',
  'start, duration',
  'opened, closed',
  'packets',
  'bytes',
  'goodput',
  'resent',
  'RTT p50',
];

/** A row for each connection. They are gone through more than once, so that none need be kept. */
export function connectionTable(connections: Iterable<Connection>): Iterable<string> {
  const rows = {
    *[Symbol.iterator]() {
      for (const connection of connections) yield row(connection);
    },
  };
  return tableLines(HEAD, rows);
}

function row(connection: Connection): string[] {
  const { client, server, start, end } = connection;
  const both = (of: (side: Side) => string) => `${of(client)}\n${of(server)}`;
  return [
    String(connection.stream),
    both((side) => side.endpoint),
    `${duration(start)}\n${duration(end - start)}`,
    `${openingText(connection)}\n${closingText(connection)}`,
    both((side) => String(side.packets)),
    both((side) => byteSize(side.payloadBytes)),
    both((side) => rateText(side.uniqueBytes, end - start)),
    both((side) => (side.resentPackets === 0 ? '-' : String(side.resentPackets))),
    both(({ rtt }) => (rtt.count === 0 ? '-' : duration(rtt.percentiles().p50 || rtt.mean))),
  ];
}

function rateText(bytes: number, nanoseconds: number): string {
  return nanoseconds === 0 || bytes === 0 ? '-' : bitRate((bytes * 1e9) / nanoseconds);
}

function openingText({ opening }: Connection): string {
  return opening === 'middle' ? 'before capture' : opening;
}

function closingText({ closing, client }: Connection): string {
  switch (closing) {
    case 'fin':
      return 'closed by both';
    case 'reset':
      return `reset by ${client.rstFrame !== 0 ? 'client' : 'server'}`;
    case 'timeout':
      return 'timed out';
    case 'half-closed':
      return `closed by ${client.finFrame !== 0 ? 'client' : 'server'}`;
    case 'open':
      return 'open';
  }
}

/** One connection in full. */
export function connectionText(connection: Connection, findings: Finding[], interfaceName: string): string {
  const { client, server, start, end, silence, synToSynAck, synAckToAck } = connection;
  const lines = [
    `Stream ${connection.stream}: ${client.endpoint} (client) and ${server.endpoint} (server)`,
    line('interface', escapeControls(interfaceName) || 'not known'),
    line('time', `from ${duration(start)} to ${duration(end)} of the capture, ${duration(end - start)}`),
    line('frames', `${connection.firstFrame} to ${connection.lastFrame}`),
    line('opened', openingText(connection)),
    line('closed', closingText(connection)),
  ];
  if (connection.handshakeTimed) {
    const split = handshakeSplit(connection);
    const parts = `SYN to SYN-ACK ${duration(synToSynAck)}, SYN-ACK to ACK ${duration(synAckToAck)}`;
    const shares = split && `; network ${duration(split.network)}, server ${duration(split.server)}`;
    lines.push(line('handshake', `${duration(synToSynAck + synAckToAck)}: ${parts}${shares ?? ''}`));
  }
  if (server.firstDataFrame !== 0) {
    lines.push(
      line(
        'first byte',
        `of the server after ${duration(server.firstDataTime - start)}, frame ${server.firstDataFrame}`,
      ),
    );
  }
  lines.push(line('silence', `longest ${duration(silence.time)}, after frame ${silence.frame}`));
  for (const [side, name] of [
    [client, 'client'],
    [server, 'server'],
  ] as const) {
    lines.push('', `Sent by the ${name}, ${side.endpoint}`, ...sideLines(side, end - start));
  }
  if (findings.length > 0)
    lines.push('', 'Findings', ...findings.map((finding) => `  ${findingText(finding)}`));
  return `${lines.join('\n')}\n`;
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(14)}${value}`;
}

function sideLines(side: Side, lasted: number): string[] {
  const { rtt, dataPackets, resentPackets } = side;
  const options = [
    side.mss === 0 ? '' : `MSS ${side.mss}`,
    side.scale < 0 ? '' : `window scale ${side.scale}`,
    side.sackPermitted ? 'SACK' : '',
    side.timestamps ? 'time stamps' : '',
  ].filter(Boolean);
  const lines = [
    line('packets', `${side.packets}, ${dataPackets} with payload; ${byteSize(side.bytes)} on the wire`),
    line('payload', `${byteSize(side.payloadBytes)}, ${byteSize(side.uniqueBytes)} of it new`),
    line('throughput', `${rateText(side.bytes, lasted)}, goodput ${rateText(side.uniqueBytes, lasted)}`),
    line(
      'sent again',
      resentPackets === 0
        ? 'nothing'
        : `${count(resentPackets, 'packet')}, ${byteSize(side.resentBytes)}, ${percent(resentPackets, dataPackets)} of those with payload`,
    ),
    line('RTT', rtt.count === 0 ? 'not known' : rttText(rtt)),
    line('window', `${byteSize(side.minWindow)} to ${byteSize(side.maxWindow)}`),
    line('in flight', `at most ${byteSize(side.maxFlight)}`),
  ];
  if (options.length > 0) lines.push(line('offered', options.join(', ')));
  if (side.closed.total > 0)
    lines.push(
      line('zero window', `for ${duration(side.closed.total)}, longest ${duration(side.closed.longest)}`),
    );
  if (side.full.total > 0)
    lines.push(
      line('full window', `for ${duration(side.full.total)}, longest ${duration(side.full.longest)}`),
    );
  for (const { name, count: n, frames } of side.verdicts) {
    const where =
      frames.length === 0
        ? ''
        : ` (${agree(n, 'frame', 'frames')} ${frames.join(', ')}${n > frames.length ? ', …' : ''})`;
    lines.push(line(`${name.replaceAll('_', ' ')} `, `${n}${where}`));
  }
  return lines;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '100 %' : `${((100 * part) / whole).toFixed(1)} %`;
}

function rttText(rtt: RoundTrips): string {
  const { p50, p95, p99 } = rtt.percentiles();
  const all = { min: rtt.min, mean: rtt.mean, p50, p95, p99, max: rtt.max };
  const shown = Object.entries(all).map(([name, value]) => `${name} ${duration(value)}`);
  return `${count(rtt.count, 'sample')}: ${shown.join(', ')}`;
}
