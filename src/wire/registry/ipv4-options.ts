// Types of IPv4 options (the IANA registry "IP Option Numbers").

export const END = 0;
export const NO_OPERATION = 1;
export const RECORD_ROUTE = 7;
export const MTU_PROBE = 11;
export const MTU_REPLY = 12;
export const QUICK_START = 25;
export const TIMESTAMP = 68;
export const TRACEROUTE = 82;
export const SECURITY = 130;
export const LOOSE_ROUTE = 131;
export const EXTENDED_SECURITY = 133;
export const COMMERCIAL_SECURITY = 134;
export const STREAM = 136;
export const STRICT_ROUTE = 137;
export const ROUTER_ALERT = 148;
export const SELECTIVE_BROADCAST = 149;
