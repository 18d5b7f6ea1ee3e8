// Captures made for measuring: as many packets as wanted, of traffic like that of a busy host.
import { closeSync, openSync, writeSync } from 'node:fs';

const CONNECTIONS = 64;
const SEGMENT = 1448;
const FRAME_HEADER = 14 + 20 + 32;
const ACK = 0x10;
const PSH = 0x08;
const SYN = 0x02;

interface Connection {
  port: number;
  /** Next sequence number of the client and of the server. */
  client: number;
  server: number;
  packets: number;
}

/**
 * Writes a pcap file of `packets` TCP segments over Ethernet: 64 connections at a time, each with a handshake, full
 * segments from the server, acknowledgments and now and then a request from the client, time stamps in every segment;
 * payloads are cut to `snaplen` bytes of frame. Checksums are right.
 */
export function writeTcpCapture(path: string, packets: number, snaplen: number): void {
  const descriptor = openSync(path, 'w');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snaplen, 16);
  header.writeUInt32LE(1, 20);
  writeSync(descriptor, header);
  const chunk = Buffer.alloc(1 << 22);
  let length = 0;
  const connections: Connection[] = Array.from({ length: CONNECTIONS }, (_, i) => opened(40_000 + i));
  let microseconds = 0;
  for (let i = 0; i < packets; i++) {
    const index = i % CONNECTIONS;
    let connection = connections[index];
    if (connection.packets > 2000) {
      connection = opened(40_000 + ((connection.port - 40_000 + CONNECTIONS) % 20_000));
      connections[index] = connection;
    }
    microseconds += 7 + (i % 5);
    if (length + 16 + FRAME_HEADER + SEGMENT > chunk.length) {
      writeSync(descriptor, chunk, 0, length);
      length = 0;
    }
    length += record(chunk, length, connection, index, microseconds, snaplen);
  }
  writeSync(descriptor, chunk, 0, length);
  closeSync(descriptor);
}

function opened(port: number): Connection {
  return {
    port,
    client: Math.imul(port, 0x9e3779b1) >>> 0,
    server: Math.imul(port, 0x85ebca6b) >>> 0,
    packets: 0,
  };
}

/** Writes one record and answers its length. */
function record(
  out: Buffer,
  at: number,
  connection: Connection,
  index: number,
  microseconds: number,
  snaplen: number,
): number {
  const step = connection.packets++;
  // SYN, SYN-ACK, ACK, request; then two segments of data for each acknowledgment.
  const fromServer = step === 1 || (step > 3 && step % 3 !== 0);
  const payload = step === 3 ? 120 : step > 3 && fromServer ? SEGMENT : 0;
  const flags = step === 0 ? SYN : step === 1 ? SYN | ACK : payload > 0 && step % 7 === 0 ? ACK | PSH : ACK;
  const wire = FRAME_HEADER + payload;
  const captured = Math.min(wire, snaplen);
  out.writeUInt32LE(1_700_000_000 + Math.floor(microseconds / 1e6), at);
  out.writeUInt32LE(microseconds % 1e6, at + 4);
  out.writeUInt32LE(captured, at + 8);
  out.writeUInt32LE(wire, at + 12);
  const frame = at + 16;
  out.fill(0, frame, frame + FRAME_HEADER);
  out.writeUInt32BE(0x02000000, frame);
  out.writeUInt16BE(fromServer ? 1 : 2, frame + 4);
  out.writeUInt32BE(0x02000000, frame + 6);
  out.writeUInt16BE(fromServer ? 2 : 1, frame + 10);
  out.writeUInt16BE(0x0800, frame + 12);
  const ip = frame + 14;
  out.writeUInt32BE(0x45000000 | (wire - 14), ip);
  out.writeUInt16BE(microseconds & 0xffff, ip + 4);
  out.writeUInt16BE(0x4000, ip + 6);
  out.writeUInt16BE((64 << 8) | 6, ip + 8);
  const client = (10 << 24) | (1 << 16) | (1 << 8) | (index + 1);
  const server = (10 << 24) | (2 << 16) | 1;
  out.writeInt32BE(fromServer ? server : client, ip + 12);
  out.writeInt32BE(fromServer ? client : server, ip + 16);
  out.writeUInt16BE(checksum(out, ip, ip + 20, 0), ip + 10);
  const tcp = ip + 20;
  out.writeUInt16BE(fromServer ? 443 : connection.port, tcp);
  out.writeUInt16BE(fromServer ? connection.port : 443, tcp + 2);
  out.writeUInt32BE(fromServer ? connection.server : connection.client, tcp + 4);
  out.writeUInt32BE((flags & ACK) === 0 ? 0 : fromServer ? connection.client : connection.server, tcp + 8);
  out.writeUInt16BE(0x8000 | flags, tcp + 12);
  out.writeUInt16BE(501, tcp + 14);
  out.writeUInt32BE(0x0101080a, tcp + 20);
  out.writeUInt32BE(microseconds >>> 0, tcp + 24);
  out.writeUInt32BE((microseconds - 40) >>> 0, tcp + 28);
  const data = tcp + 32;
  for (let i = 0; i < payload; i += 4) out.writeInt32BE(Math.imul(i + step, 0x9e3779b1), data + i);
  const pseudo = (client >>> 16) + (client & 0xffff) + (server >>> 16) + (server & 0xffff) + 6 + 32 + payload;
  out.writeUInt16BE(checksum(out, tcp, data + payload, pseudo), tcp + 16);
  const advance = payload + ((flags & SYN) === 0 ? 0 : 1);
  if (fromServer) connection.server = (connection.server + advance) >>> 0;
  else connection.client = (connection.client + advance) >>> 0;
  return 16 + captured;
}

function checksum(bytes: Buffer, from: number, to: number, start: number): number {
  let sum = start;
  for (let at = from; at + 1 < to; at += 2) sum += bytes.readUInt16BE(at);
  if ((to - from) % 2 === 1) sum += bytes[to - 1] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
