// frame.*: what pcapng says of a packet in options (draft-ietf-opsawg-pcapng, 4.3.1), and of custom blocks (4.7).
import type { Batch } from '../../base/batch.ts';
import { CUSTOM, isPacket } from '../../base/record-kind.ts';
import * as ng from '../../file/pcapng.ts';
import { Options } from '../../file/pcapng-options.ts';
import { ENTERPRISE_LENGTH } from '../../file/pcapng-records.ts';
import type { Dissection } from '../dissection.ts';
import { type Field, type FieldType, field } from '../field.ts';
import type { Values } from '../values.ts';

type ReadOption = (packet: Dissection, option: Options, out: Values) => void;

/** A field that an option of the record holds. */
export function optional(
  name: string,
  title: string,
  type: FieldType,
  code: number,
  read: ReadOption,
): Field {
  return field(name, title, type, (packet, out) => {
    const { batch, index } = packet;
    if (batch.optionsLength[index] === 0) return;
    const at = batch.options[index];
    const { view, optionsLittleEndian: little } = batch;
    const options = new Options(view, at, at + batch.optionsLength[index], little);
    while (options.step()) if (options.code === code) read(packet, options, out);
  });
}

/** A number of 64 bits at a place of an option, in network byte order as fields have it. */
function wide({ batch, texts }: Dissection, at: number, out: Values): void {
  const value = batch.view.getBigUint64(at, batch.optionsLittleEndian);
  texts.reserve(8);
  const start = texts.length;
  texts.view.setBigUint64(start, value);
  texts.length += 8;
  texts.end(out, 0, start);
}

const wideOption: ReadOption = (packet, { at, length }, out) => {
  if (length === 8) wide(packet, at, out);
};

/** What epb_verdict begins with: who decided. */
const HARDWARE = 0;
const EBPF_TC = 1;
const EBPF_XDP = 2;

function verdict(name: string, title: string, by: number): Field {
  return optional(`frame.verdict.${name}`, title, 'uint64', ng.EPB_VERDICT, (packet, { at, length }, out) => {
    if (length === 9 && packet.batch.view.getUint8(at) === by) wide(packet, at + 1, out);
  });
}

/** Wireshark's numbers of link types (WTAP_ENCAP_…) by LINKTYPE_ value. */
const ENCAPSULATIONS = `
0:15 1:1 2:184 3:148 6:2 7:8 8:3 9:4 10:6 11:10 12:7 13:38 14:7 16:11 18:11 19:11 32:69 50:4 51:139 99:61
100:10 101:7 104:28 105:20 106:11 107:26 108:174 109:38 112:28 113:25 114:30 117:39 118:29 119:21 121:32
122:18 123:13 127:23 128:37 129:9 130:81 131:82 133:87 135:68 136:151 137:67 138:62 139:75 140:42 141:43
142:101 143:33 147:45 148:46 149:47 150:48 151:49 152:50 153:51 154:52 155:53 156:54 157:55 158:56 159:57
160:58 161:59 162:60 163:24 165:63 167:76 169:66 170:178 171:179 172:77 173:78 178:83 179:84 180:85 181:86
183:91 184:181 186:92 187:41 188:93 189:95 190:109 192:97 195:104 196:100 197:98 199:103 200:197 201:99
202:147 203:131 204:19 209:112 210:106 211:108 212:107 213:111 214:105 215:113 220:115 224:121 225:122
226:124 227:125 228:129 229:130 230:127 231:146 235:132 236:133 237:157 239:141 240:135 241:136 242:180
243:138 245:140 248:149 249:152 250:153 251:154 252:155 253:158 254:159 255:160 256:161 258:171 259:172
260:173 264:177 266:182 268:36 270:183 271:185 272:186 273:199 274:198 275:200 276:210 279:204 280:205
283:206 287:211 288:208 290:212 292:214 293:215 294:216 295:217`;

let encapsulations: Map<number, number> | undefined;

function encapsulation(linkType: number): number | undefined {
  encapsulations ??= new Map(
    ENCAPSULATIONS.trim()
      .split(/\s/)
      .map((pair) => pair.split(':').map(Number) as [number, number]),
  );
  return encapsulations.get(linkType);
}

/** Has the record a comment? */
export function isCommented({ batch, index }: Dissection): boolean {
  if (batch.optionsLength[index] === 0) return false;
  const at = batch.options[index];
  const options = new Options(batch.view, at, at + batch.optionsLength[index], batch.optionsLittleEndian);
  while (options.step()) if (options.code === ng.COMMENT) return true;
  return false;
}

/** The private enterprise number before the data of a custom block. */
export function enterprise({ view, offset, optionsLittleEndian }: Batch, index: number): number {
  return view.getUint32(offset[index] - ENTERPRISE_LENGTH, optionsLittleEndian);
}

/** May a program copy the custom block? The type of the block says so, which stands before its length. */
export function isCopied({ view, offset, optionsLittleEndian }: Batch, index: number): boolean {
  return view.getUint32(offset[index] - ENTERPRISE_LENGTH - 8, optionsLittleEndian) === ng.CUSTOM_COPIED;
}

export const FRAME_OPTIONS: readonly Field[] = [
  field('frame.encap_type', 'Encapsulation type', 'int32', ({ batch, index }, out) => {
    const number = isPacket(batch.kind[index]) ? encapsulation(batch.linkType[index]) : undefined;
    if (number !== undefined) out.add(0, number);
  }),
  optional('frame.packet_id', 'Packet id', 'uint64', ng.EPB_PACKETID, wideOption),
  optional(
    'frame.interface_queue',
    'Interface queue',
    'uint32',
    ng.EPB_QUEUE,
    ({ batch }, { at, length }, out) => {
      if (length === 4) out.add(0, batch.view.getUint32(at, batch.optionsLittleEndian));
    },
  ),
  optional('frame.drop_count', 'Drop Count', 'uint64', ng.EPB_DROPCOUNT, wideOption),
  {
    ...optional(
      'frame.verdict.hw',
      'Hardware',
      'bytes',
      ng.EPB_VERDICT,
      ({ batch: { view } }, { at, length }, out) => {
        if (length > 0 && view.getUint8(at) === HARDWARE) out.span(0, view, at + 1, length - 1);
      },
    ),
    separator: ' ',
  },
  verdict('ebpf_tc', 'eBPF TC', EBPF_TC),
  verdict('ebpf_xdp', 'eBPF XDP', EBPF_XDP),
  field('frame.cb_pen', 'Private Enterprise Number', 'uint32', ({ batch, index }, out) => {
    if (batch.kind[index] === CUSTOM) out.add(0, enterprise(batch, index));
  }),
  field('frame.cb_copy', 'Copying', 'boolean', ({ batch, index }, out) => {
    if (batch.kind[index] === CUSTOM) out.add(0, isCopied(batch, index) ? 1 : 0);
  }),
];
