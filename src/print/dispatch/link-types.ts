// The frames of a capture, by link type.
import * as link from '../../wire/linktype.ts';
import type { Dissector } from '../engine/printer.ts';
import { printEthernetFrame } from '../link/ethernet.ts';
import { printNull } from '../link/null.ts';
import { printPppFrame, printPppHdlcFrame } from '../link/ppp.ts';
import { printPppoeFrame } from '../link/pppoe.ts';
import { printRaw } from '../link/raw.ts';
import { printSll, printSll2 } from '../link/sll.ts';
import { onDemand } from './table.ts';

const ieee802154 = onDemand(async () => (await import('../link/ieee802154.ts')).print802154Frame);

/** Names are libpcap's, which has more of them than have printers (wire/linktype-names.ts). */
export const LINK_TYPES: ReadonlyMap<number, Dissector> = new Map([
  [link.ETHERNET, printEthernetFrame],
  [link.NULL, printNull],
  [link.LOOP, printNull],
  [link.RAW, printRaw],
  [link.IPV4, printRaw],
  [link.IPV6, printRaw],
  [link.PPP, printPppFrame],
  [link.PPP_HDLC, printPppHdlcFrame],
  [link.PPP_ETHER, printPppoeFrame],
  [link.C_HDLC, onDemand(async () => (await import('../link/chdlc.ts')).printChdlcFrame)],
  [link.FDDI, onDemand(async () => (await import('../link/fddi.ts')).printFddiFrame)],
  [link.ARCNET_BSD, onDemand(async () => (await import('../link/arcnet.ts')).printArcnetFrame)],
  [link.ARCNET_LINUX, onDemand(async () => (await import('../link/arcnet.ts')).printArcnetLinuxFrame)],
  [link.ENC, onDemand(async () => (await import('../link/enc.ts')).printEncFrame)],
  [link.IP_OVER_FC, onDemand(async () => (await import('../link/fibre-channel.ts')).printFibreChannelFrame)],
  [
    link.APPLE_IP_OVER_IEEE1394,
    onDemand(async () => (await import('../link/firewire.ts')).printFirewireFrame),
  ],
  [link.FRAME_RELAY, onDemand(async () => (await import('../link/frame-relay.ts')).printFrameRelayFrame)],
  [link.IEEE802_5, onDemand(async () => (await import('../link/token-ring.ts')).printTokenRingFrame)],
  [link.IEEE802_11, onDemand(async () => (await import('../link/ieee80211.ts')).print80211Frame)],
  [link.IEEE802_15_4, ieee802154],
  [link.IEEE802_15_4_NOFCS, ieee802154],
  [link.IEEE802_15_4_TAP, onDemand(async () => (await import('../link/ieee802154.ts')).print802154TapFrame)],
  [link.IEEE802_11_PRISM, onDemand(async () => (await import('../link/radiotap.ts')).printPrismFrame)],
  [link.IEEE802_11_RADIOTAP, onDemand(async () => (await import('../link/radiotap.ts')).printRadiotapFrame)],
  [link.IEEE802_11_AVS, onDemand(async () => (await import('../link/radiotap.ts')).printAvsFrame)],
  [link.IPNET, onDemand(async () => (await import('../link/ipnet.ts')).printIpnet)],
  [link.NFLOG, onDemand(async () => (await import('../link/nflog.ts')).printNflog)],
  [link.IPOIB, onDemand(async () => (await import('../link/ipoib.ts')).printIpoib)],
  [link.LINUX_SLL, printSll],
  [link.LINUX_SLL2, printSll2],
]);
