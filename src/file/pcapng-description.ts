// The blocks of pcapng that tell of packets without being one: section, interface, statistics (4.1, 4.2, 4.6 of the draft).
import type { Interface, InterfaceStatistics, Moment } from '../base/interface.ts';
import { Clock } from './clock.ts';
import * as ng from './pcapng.ts';
import { Options } from './pcapng-options.ts';
import type { Section } from './pcapng-writer.ts';
import { meantLinkType } from './record.ts';

/** `at` and `end` enclose the options of a section header. What follows a damaged one is not read: no packet needs it. */
export function readSection(view: DataView, at: number, end: number, littleEndian: boolean): Section {
  const section: Section = {};
  const comments: string[] = [];
  const options = new Options(view, at, end, littleEndian);
  while (options.step()) {
    if (options.code === ng.COMMENT) comments.push(options.text());
    else if (options.code === ng.SHB_HARDWARE) section.hardware = options.text();
    else if (options.code === ng.SHB_OS) section.os = options.text();
    else if (options.code === ng.SHB_APPLICATION) section.application = options.text();
  }
  if (comments.length > 0) section.comments = comments;
  return section;
}

/** `at` and `end` enclose the body of an interface description; `clock` reads the time stamps of its packets. */
export function readInterface(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  section: number,
): { description: Interface; clock: Clock; damage: string | undefined } {
  const description: Interface = {
    linkType: meantLinkType(view.getUint16(at, littleEndian)),
    snaplen: view.getUint32(at + 4, littleEndian),
    littleEndian,
    name: '',
    description: '',
    section,
  };
  const comments: string[] = [];
  let resolution: number | undefined;
  let offset = 0;
  const options = new Options(view, at + 8, end, littleEndian);
  while (options.step()) {
    switch (options.code) {
      case ng.COMMENT:
        comments.push(options.text());
        break;
      case ng.IF_NAME:
        description.name = options.text();
        break;
      case ng.IF_DESCRIPTION:
        description.description = options.text();
        break;
      case ng.IF_TSRESOL:
        if (options.length === 1) resolution ??= view.getUint8(options.at);
        break;
      case ng.IF_FILTER:
        // The byte before the expression: 0 for libpcap's language, 1 for a BPF program, which is no text.
        if (options.length > 1 && view.getUint8(options.at) === 0) description.filter = options.text(1);
        break;
      case ng.IF_OS:
        description.os = options.text();
        break;
      case ng.IF_HARDWARE:
        description.hardware = options.text();
        break;
      case ng.IF_TSOFFSET:
        if (options.length === 8) offset = Number(view.getBigInt64(options.at, littleEndian));
        break;
    }
  }
  if (comments.length > 0) description.comments = comments;
  description.resolution = resolution ?? ng.RESOLUTION_DEFAULT;
  const damage = options.damage ?? tooFine(description.resolution);
  return { description, clock: new Clock(resolution, offset), damage };
}

/** What is wrong with an if_tsresol whose ticks a second do not fit into 64 bits; libpcap refuses the same. */
function tooFine(resolution: number): string | undefined {
  const power = resolution & 0x7f;
  const [base, finest] = (resolution & 0x80) !== 0 ? [2, ng.FINEST_BINARY] : [10, ng.FINEST_DECIMAL];
  return power > finest ? `an interface whose time resolution, ${base}^-${power}, is too high` : undefined;
}

/** `at` and `end` enclose the body of interface statistics; `clock` is their interface's. Damaged options end them. */
export function readStatistics(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  clock: Clock,
): InterfaceStatistics {
  const moment = (where: number): Moment => {
    clock.set(view.getUint32(where, littleEndian), view.getUint32(where + 4, littleEndian));
    return { seconds: clock.seconds, nanoseconds: clock.nanoseconds };
  };
  const statistics: InterfaceStatistics = { time: moment(at + 4) };
  const options = new Options(view, at + 12, end, littleEndian);
  while (options.step()) {
    if (options.length !== 8) continue;
    const value = () => Number(view.getBigUint64(options.at, littleEndian));
    if (options.code === ng.ISB_STARTTIME) statistics.start = moment(options.at);
    else if (options.code === ng.ISB_ENDTIME) statistics.end = moment(options.at);
    else if (options.code === ng.ISB_IFRECV) statistics.received = value();
    else if (options.code === ng.ISB_IFDROP) statistics.dropped = value();
    else if (options.code === ng.ISB_FILTERACCEPT) statistics.accepted = value();
    else if (options.code === ng.ISB_OSDROP) statistics.osDropped = value();
    else if (options.code === ng.ISB_USRDELIV) statistics.delivered = value();
  }
  return statistics;
}

/** Gaps remembered of an interface; beyond, the last one grows. */
const MOST_GAPS = 1024;

/** Remembers that the count of packets dropped grew since the statistics before. */
export function noteLoss(description: Interface, statistics: InterfaceStatistics): void {
  const before = description.statistics;
  const packets = (statistics.osDropped ?? 0) - (before?.osDropped ?? 0);
  const to = statistics.time;
  if (packets <= 0 || to === undefined) return;
  const from = before?.time ?? statistics.start ?? { seconds: 0, nanoseconds: 0 };
  description.losses ??= [];
  const last = description.losses.at(-1);
  if (last === undefined || description.losses.length < MOST_GAPS) {
    description.losses.push({ from, to, packets });
    return;
  }
  last.to = to;
  last.packets += packets;
}
