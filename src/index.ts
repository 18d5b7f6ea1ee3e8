// The library: docs/library.md has examples, docs/api.md every export. Re-exports, nothing else.
// Declarations name types of Node.js (Readable, Buffer); TypeScript 6 and later load those only where a file asks for them.
/// <reference types="node" preserve="true" />

export type { Batch } from './base/batch.ts';
export type { Interface, InterfaceNames, InterfaceStatistics, Moment } from './base/interface.ts';
export type { SplitPlan } from './convert/split.ts';
export type {
  DropCount,
  DropEvent,
  DroppedPacket,
  DropSource,
  DropTotals,
  Rule,
  Way,
} from './drops/event.ts';
export { ERROR_CODES, type ErrorCode, NscapError } from './errors.ts';
export type { FieldType } from './fields/field.ts';
export type { Section } from './file/pcapng-writer.ts';
export type { ConnectionFindingCode } from './flow/findings/codes.ts';
export type { ConnectionDiagnosis, ConnectionFacts } from './flow/findings/facts.ts';
export type { Closing, Opening } from './flow/state.ts';
export type { Drift } from './lab/drift.ts';
export type { Removal } from './lab/remove.ts';
export type { InterfaceSpec, LabSpec, LinkSpec, NamespaceSpec, ShapeSpec } from './lab/spec.ts';
export type { InterfaceStatus, LabStatus, NamespaceStatus } from './lab/status.ts';
export type { PairOptions } from './lab/topology.ts';
export type { AnalyzeOptions, AnalyzeReport } from './library/analysis.ts';
export { analyze } from './library/analyze.ts';
export { type Capture, type FileOptions, openFile, openStream } from './library/capture.ts';
export { Layer, LinkType, PathChange, PathFate, TcpFlag } from './library/constants.ts';
export { type ConvertOptions, type ConvertReport, convert } from './library/convert.ts';
export { type Drops, type DropsOptions, openDrops } from './library/drops.ts';
export {
  type DisplayFilter,
  displayFilter,
  type FieldEntry,
  type FieldReader,
  fields,
  listFields,
} from './library/fields.ts';
export { Filter } from './library/filter.ts';
export { follow } from './library/follow.ts';
export { createFormatter, type FormatOptions, type Formatter, format } from './library/format.ts';
export { type LabTopology, labDown, labStatus, labUp, listLabs, withLab } from './library/labs.ts';
export type {
  ArpLayer,
  EthernetLayer,
  IcmpLayer,
  Ipv4Layer,
  Ipv6Layer,
  TcpLayer,
  UdpLayer,
} from './library/layers.ts';
export { openLive } from './library/live.ts';
export type { LiveCapture, LiveOptions } from './library/live-capture.ts';
export { listNamespaces, runIn } from './library/namespaces.ts';
export { Packet, type PacketDirection } from './library/packet.ts';
export { type ReportOptions, report } from './library/report.ts';
export type { FollowOptions, StreamChunk } from './library/stream.ts';
export { createTracer, type TraceFilesOptions, type Tracer, trace } from './library/trace.ts';
export { type WhyOptions, why } from './library/why.ts';
export { type PacketData, PcapngWriter, PcapWriter, type PcapWriterOptions } from './library/writer.ts';
export type { CommandResult } from './netns/command.ts';
export type { Container } from './netns/containers.ts';
export type { Origin } from './netns/discover.ts';
export type { InterfaceAddress } from './netns/interface.ts';
export type { WrittenFile } from './output/whole-file.ts';
export type { AssertionOutcome } from './report/assertions.ts';
export type * from './report/documents.ts';
export type { InterfaceEntry, NamespaceEntry, NamespaceList } from './report/namespaces.ts';
export type { SortKey } from './report/tcp/order.ts';
export type { CounterReport } from './report/trace/counters.ts';
export type {
  ClockReport,
  DelayReport,
  HopReport,
  PointReport,
  TraceReport,
} from './report/trace/document.ts';
export type { FlowReport } from './report/trace/flows.ts';
export type { LostPacket } from './report/trace/ledger.ts';
export type { WhyCause, WhyDetails, WhyDrop, WhyHint, WhyReport, WhyStep } from './report/why.ts';
export type { Tally } from './source/live.ts';
export type { PacketSource } from './source/source.ts';
export type { Path } from './trace/path.ts';
export type { Point, TraceOptions } from './trace/trace.ts';
export type { FindingCode, ObservationCode } from './why/codes.ts';
export type { Diagnosis, FindingContext, FindingFacts } from './why/facts/finding-facts.ts';
export type { ChainName, InterfaceName, PacketName, ProbePacket, ProcessName } from './why/facts/names.ts';
export type { Observation, ObservationFacts } from './why/facts/observations.ts';
export type { ObservedPath, SeenAt } from './why/facts/observed-path.ts';
export type { StepFacts } from './why/facts/steps.ts';
export type { Effect, StepName } from './why/finding.ts';
export type { Hook } from './why/ruleset.ts';
export { describeLinkType, linkTypeName } from './wire/linktype-names.ts';
