// What findings about servers and their sockets say.
import type { ProbePacket, ProcessName } from './names.ts';

/** A server, and its program where the kernel reports it. */
interface Server {
  netns: string;
  port: number | undefined;
  process?: ProcessName;
}

interface Listening extends Server {
  protocol: 'tcp' | 'udp';
}

export interface ServerFacts {
  'answered-in-transit': { netns: string; target: string; port: number; server: string; rule?: string };
  'answered-from-elsewhere': Listening & {
    /** The source of the answer, and the address that the request was sent to. */
    source: string;
    asked: string;
    /** The namespace with a rule that gave it that address. */
    translatedBy?: string;
  };
  'backlog-full': Listening & {
    /** Of as many that listen on the port (SO_REUSEPORT), where there are several. */
    sockets?: number;
  };
  'bound-elsewhere': Listening & {
    /** The address that it listens on. */
    address: string;
    /** The requested address. */
    target: string;
    /** It is a loopback address, or one of the other family. */
    scope: 'loopback' | 'ipv6' | 'other';
  };
  'bound-to-device': Listening & { interface: string; target: string; arrivesBy: string };
  'checksum-offload': {
    netns: string;
    /** The interface that leaves checksums to hardware. */
    sender?: string;
  };
  'connection-reset': Omit<Server, 'netns'> & {
    /** The namespace of the server, or the requested address if that namespace is not seen. */
    target: string;
  };
  'kernel-drop': {
    netns: string;
    /** Empty where the kernel names none. */
    interface: string;
    packet: ProbePacket;
    /** The kernel's name for it, without SKB_DROP_REASON_. */
    reason: string;
  };
  'not-accepted': Listening & { sockets?: number };
  'not-listening': Listening;
  'ping-ignored': { netns: string; setting: string };
  'ports-used-up': { netns: string; address: string; port: number; range: readonly string[] };
  'receive-buffer-full': Server & {
    /** It is stopped (SIGSTOP). */
    stopped: boolean;
  };
  'server-stopped': Listening & { process: ProcessName; queueFull: boolean };
  /** `peer`: address and port that the socket is connected to. */
  'socket-connected': Listening & { peer: string };
  'socket-filter': {
    netns: string;
    packet: ProbePacket;
    process?: ProcessName;
    /** The port of the socket, where only its count of drops is known. */
    counted?: { port: number | undefined };
  };
  'tcp-md5': Server & { asker: string; demands: 'TCP-AO' | 'TCP-MD5' };
  'tcp-min-ttl': Server;
}
