// Trials of what ends or alters connections on the way: SYNPROXY, a proxy, checksums made wrong.
import { B, C, chain, PC, ROUTER, routed, SERVER, type Trial, tcp, trial, udp } from './cases.ts';
import { tcpSend, tcpServer } from './lab.ts';

const SYNPROXY = `table ip trial {
 chain pre {
  type filter hook prerouting priority raw
  iifname "lan" tcp dport 7096 tcp flags syn notrack
 }
 chain c {
  type filter hook forward priority 0
  tcp dport 7096 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
  ct state invalid drop
 }
}
`;

/** Takes connections and hands each on to another address. */
const PROXY = (port: number, to: string) => `
const net=require('net');net.createServer({allowHalfOpen:true},(a)=>{const b=net.connect({port:${port},host:'${to}',allowHalfOpen:true});
a.pipe(b);b.pipe(a);a.on('error',()=>{});b.on('error',()=>{})}).listen(${port},()=>console.log('ready'))`;

/** A request and an answer of bytes that do not repeat, on each of some connections, one behind the other. */
const ASK = (address: string, port: number, count: number) => `
const net=require('net'),{randomBytes}=require('crypto');let left=${count};
(function next(){if(left--===0)return;const s=net.connect(${port},'${address}',()=>s.write(randomBytes(300)));
s.once('data',()=>{s.write(randomBytes(500));s.once('data',()=>s.end())});s.on('error',()=>{});s.on('close',next)})();setTimeout(()=>process.exit(),30000).unref()`;
const ANSWER = (port: number) => `
const {randomBytes}=require('crypto');
require('net').createServer((s)=>{s.on('data',()=>s.write(randomBytes(400)));s.on('error',()=>{})}).listen(${port},()=>console.log('ready'))`;

export const MIDDLEBOX_TRIALS: Record<string, () => Trial> = {
  'checksums made wrong in forward, UDP': () => {
    const lab = routed();
    lab.nft(ROUTER, chain('forward', 'udp dport 7097 numgen inc mod 5 == 2 udp checksum set 0x1234 counter'));
    return {
      ...trial(
        lab,
        () => udp(lab, 1000),
        () => ({}),
      ),
      changed: () => ({ [`${B}→${C}`]: 200 }),
    };
  },
  'SYNPROXY, bulk': () => {
    const lab = routed();
    lab.in(ROUTER, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
    lab.nft(ROUTER, SYNPROXY);
    return trial(
      lab,
      () => tcp(lab, 300_000, 5, 1000),
      () => ({}),
    );
  },
  'SYNPROXY, requests': () => {
    const lab = routed();
    lab.in(ROUTER, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
    lab.nft(ROUTER, SYNPROXY);
    const traffic = async () => {
      await lab.serve(SERVER, ANSWER(7096));
      await lab.node(PC, ASK(lab.target, 7096, 20));
    };
    return trial(lab, traffic, () => ({}));
  },
  'a proxy at the router': () => {
    const lab = routed();
    const traffic = async () => {
      await lab.serve(SERVER, ANSWER(7096));
      await lab.serve(ROUTER, PROXY(7096, lab.target));
      await lab.node(PC, ASK('10.1.0.1', 7096, 20));
    };
    return trial(lab, traffic, () => ({}));
  },
  'a proxy at the router, bulk': () => {
    const lab = routed();
    const traffic = async () => {
      await lab.serve(SERVER, tcpServer(7096, 5000));
      await lab.serve(ROUTER, PROXY(7096, lab.target));
      await lab.node(PC, tcpSend('10.1.0.1', 7096, 500_000, 5));
    };
    return trial(lab, traffic, () => ({}));
  },
};
