// The names of RSVP.
import type { Names } from '../engine/names.ts';

export const OBJECTS: Names = new Map([
  [1, 'Session'],
  [3, 'RSVP Hop'],
  [4, 'Integrity'],
  [5, 'Time Values'],
  [6, 'Error Spec'],
  [7, 'Scope'],
  [8, 'Style'],
  [9, 'Flowspec'],
  [10, 'FilterSpec'],
  [11, 'Sender Template'],
  [12, 'Sender TSpec'],
  [13, 'Adspec'],
  [14, 'Policy Data'],
  [15, 'Confirm'],
  [16, 'Label'],
  [19, 'Label Request'],
  [20, 'ERO'],
  [21, 'RRO'],
  [22, 'Hello'],
  [23, 'Message ID'],
  [24, 'Message ID Ack'],
  [25, 'Message ID List'],
  [34, 'Recovery Label'],
  [35, 'Upstream Label'],
  [36, 'Label Set'],
  [37, 'Protection'],
  [50, 'Sub-LSP to LSP'],
  [63, 'Detour'],
  [66, 'Class Type'],
  [125, 'Class Type (old)'],
  [129, 'Suggested Label'],
  [130, 'Acceptable Label Set'],
  [131, 'Restart Capability'],
  [134, 'Capability'],
  [195, 'Notify Request'],
  [196, 'Administrative Status'],
  [204, 'Properties'],
  [205, 'Fast Re-Route'],
  [207, 'Session Attribute'],
  [229, 'Generalized UNI'],
  [230, 'Call-ID'],
  [236, 'Call Capability'],
]);

const ADDRESSES = 'IPv4,IPv6';
const EXTENDED = 'IPv4,IPv6,IPv4 plus opt. TLVs,IPv6 plus opt. TLVs';
const GROUP_TUNNELS = 'IPv4 P2MP LSP Tunnel,IPv6 P2MP LSP Tunnel';
const LABELS = 'Label,Generalized Label,Waveband Switching';

/** The types of each class of objects, from 1 on. */
const TYPES: readonly (readonly [object: number, names: string])[] = [
  [1, `IPv4,IPv6,,,,,Tunnel IPv4,,,,UNI IPv4,,${GROUP_TUNNELS}`],
  [3, EXTENDED],
  [5, '1'],
  [6, EXTENDED],
  [8, '1'],
  [9, 'obsolete,IntServ'],
  [10, `IPv4,IPv6,IPv6 Flow-label,,,,Tunnel IPv4,,,,,${GROUP_TUNNELS}`],
  [11, `IPv4,IPv6,,,,,Tunnel IPv4,,,,,${GROUP_TUNNELS}`],
  [12, ',IntServ'],
  [13, ',IntServ'],
  [15, ADDRESSES],
  [16, LABELS],
  [19, 'without label range,with ATM label range,with FR label range,Generalized Label'],
  [20, 'IPv4'],
  [21, 'IPv4'],
  [22, 'Hello Request,Hello Ack'],
  [23, '1'],
  [24, 'Message id ack,Message id nack'],
  [25, '1'],
  [34, LABELS],
  [35, LABELS],
  [36, '1'],
  [50, 'IPv4 sub-LSP,IPv6 sub-LSP'],
  [63, ',,,,,,Tunnel IPv4'],
  [66, '1'],
  [125, '1'],
  [129, LABELS],
  [131, 'IPv4'],
  [134, '1'],
  [195, ADDRESSES],
  [196, '1'],
  [204, '1'],
  [205, '1,,,,,,Tunnel IPv4'],
  [207, ',,,,,,Tunnel IPv4'],
  [229, '1'],
];
/** By class and type of the object, `class << 8 | type`. */
export const CLASS_TYPES: Names = new Map(
  TYPES.flatMap(([object, names]) =>
    names.split(',').map((name, i): [number, string] => [(object << 8) + i + 1, name || 'Unknown']),
  ),
);

export const SUBOBJECTS: Names = new Map([
  [0, 'Reserved'],
  [1, 'IPv4 prefix'],
  [2, 'IPv6 prefix'],
  [3, 'Label'],
  [32, 'Autonomous system number'],
  [64, 'MPLS label switched path termination'],
]);
export const HOP_FLAGS = [
  [1, 'Local protection available'],
  [2, 'Local protection in use'],
  [4, 'Bandwidth protection'],
  [8, 'Node protection'],
] as const;
export const STYLES: Names = new Map([
  [10, 'Fixed Filter'],
  [17, 'Wildcard Filter'],
  [18, 'Shared Explicit'],
]);
export const SERVICES: Names = new Map([
  [1, 'Default/Global Information'],
  [2, 'Guaranteed Service'],
  [5, 'Controlled Load'],
]);
export const PARAMETERS: Names = new Map([
  [4, 'IS hop cnt'],
  [6, 'Path b/w estimate'],
  [8, 'Minimum path latency'],
  [10, 'Composed MTU'],
  [127, 'Token Bucket TSpec'],
  [130, 'Guaranteed Service RSpec'],
  [133, 'End-to-end composed value for C'],
  [134, 'End-to-end composed value for D'],
  [135, 'Since-last-reshaping point composed C'],
  [136, 'Since-last-reshaping point composed D'],
]);
export const SESSION_FLAGS = [
  [0x01, 'Local Protection'],
  [0x02, 'Label Recording'],
  [0x04, 'SE Style'],
  [0x08, 'Bandwidth protection'],
  [0x10, 'Node protection'],
] as const;
export const CAPABILITIES = [
  [4, 'RecoveryPath Transmit Enabled'],
  [2, 'RecoveryPath Desired'],
  [1, 'RecoveryPath Srefresh Capable'],
] as const;
export const PROPERTIES: Names = new Map([
  [1, 'Cos'],
  [2, 'Metric 1'],
  [4, 'Metric 2'],
  [8, 'CCC Status'],
  [16, 'Path Type'],
]);
export const ERRORS: Names = new Map([
  [24, 'Routing Problem'],
  [25, 'Notify Error'],
  [28, 'Diffserv TE Error'],
  [125, 'Diffserv TE Error (Old)'],
]);
export const ROUTING_ERRORS: Names = new Map([
  [1, 'Bad EXPLICIT_ROUTE object'],
  [2, 'Bad strict node'],
  [3, 'Bad loose node'],
  [4, 'Bad initial subobject'],
  [5, 'No route available toward destination'],
  [6, 'Unacceptable label value'],
  [7, 'RRO indicated routing loops'],
  [8, 'non-RSVP-capable router in the path'],
  [9, 'MPLS label allocation failure'],
  [10, 'Unsupported L3PID'],
]);
export const SERVICE_ERRORS: Names = new Map([
  [1, 'Unexpected CT object'],
  [2, 'Unsupported CT'],
  [3, 'Invalid CT value'],
  [4, 'CT/setup priority do not form a configured TE-Class'],
  [5, 'CT/holding priority do not form a configured TE-Class'],
  [6, 'CT/setup priority and CT/holding priority do not form a configured TE-Class'],
  [7, 'Inconsistency between signaled PSC and signaled CT'],
  [8, 'Inconsistency between signaled PHBs and signaled CT'],
]);
export const STATUS = [
  [0x80000000, 'Reflect'],
  [4, 'Testing'],
  [2, 'Admin-down'],
  [1, 'Delete-in-progress'],
] as const;
export const LABEL_ACTIONS: Names = new Map([
  [0, 'Inclusive list'],
  [1, 'Exclusive list'],
  [2, 'Inclusive range'],
  [3, 'Exclusive range'],
]);
export const GENERALIZED: Names = new Map([
  [1, 'Source TNA address'],
  [2, 'Destination TNA address'],
  [3, 'Diversity'],
  [4, 'Egress label'],
  [5, 'Service level'],
]);
