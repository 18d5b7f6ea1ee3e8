// Address families as NULL and LOOP frames begin with them.
import * as ethertype from './registry/ethertypes.ts';

/**
 * Is the first word of a NULL or LOOP frame that of an IP packet: an address family in the byte order of the host that
 * captured (2; for IPv6 24, 28 or 30, as the system is), or an EtherType? The version of the header tells which IP.
 */
export function isFamily(word: number): boolean {
  const half = (word & 0xffff) === 0 ? word >>> 16 : word <= 0xffff ? word : 0;
  return isIp(half) || isIp(((half & 0xff) << 8) | (half >> 8));
}

function isIp(family: number): boolean {
  switch (family) {
    case 2:
    case 24:
    case 28:
    case 30:
    case ethertype.IPV4:
    case ethertype.IPV6:
      return true;
  }
  return false;
}
