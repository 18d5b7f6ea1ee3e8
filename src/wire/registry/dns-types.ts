// Types of DNS records (the IANA registry "Resource Record (RR) TYPEs").

export const A = 1;
export const NS = 2;
export const CNAME = 5;
export const SOA = 6;
export const PTR = 12;
export const MX = 15;
export const TXT = 16;
export const AAAA = 28;
export const SRV = 33;
export const A6 = 38;
export const DNAME = 39;
export const OPT = 41;
export const DS = 43;
export const RRSIG = 46;
export const NSEC = 47;
export const DNSKEY = 48;
export const NSEC3 = 50;
/** Once for addresses of other kinds; IANA lists it as reserved. */
export const UNSPECA = 104;
export const TSIG = 250;
export const URI = 256;
