// A live capture handle of libpcap (pcap_t), called through koffi.
import { sudoHint } from '../base/shell.ts';
import { type ErrorCode, NscapError, usageError } from '../errors.ts';
import { libc, type Pointer } from './libc.ts';
import { koffi, libpcap } from './load.ts';
import { readable, wake } from './poll.ts';

/** How an interface is opened. What is left out is as libpcap has it. */
export interface OpenOptions {
  /** Bytes captured of a packet at most. */
  snaplen: number;
  promiscuous: boolean;
  /** Milliseconds after which the kernel hands over what it has, even when its buffer is not full. */
  timeout: number;
  /** Each packet is handed over by itself, at once, at a cost. */
  immediate?: boolean;
  /** Size of the kernel's ring, in KiB. */
  bufferKib?: number;
  /** Name of a time stamp type (pcap-tstamp(7)), such as `host`. */
  timestampType?: string;
  /** Time stamps in nanoseconds rather than microseconds. */
  nanoseconds?: boolean;
  /** Name of a link type (pcap-linktype(7)), where the interface has several. */
  linkType?: string;
  direction?: Direction;
}

export type Direction = 'in' | 'out' | 'inout';

/** A name and what libpcap says of it: of a link type or a time stamp type. */
export interface Named {
  value: number;
  name: string;
  description: string;
}

/** Packets since the capture began. Numbers of 32 bits: they begin again at 0 after 4 294 967 295. */
export interface Counters {
  /** Packets the filter accepted, those dropped included. */
  received: number;
  /** Packets the ring had no room for. */
  dropped: number;
  /** Packets the interface or its driver dropped. */
  interfaceDropped: number;
}

interface Loop {
  async(
    pcap: Pointer,
    count: number,
    callback: bigint,
    user: Pointer,
    done: (error: Error | null, result: number) => void,
  ): void;
}

interface Functions {
  create(device: string, error: Uint8Array): Pointer | null;
  setSnaplen(pcap: Pointer, bytes: number): number;
  setPromiscuous(pcap: Pointer, on: number): number;
  setTimeout(pcap: Pointer, milliseconds: number): number;
  setBufferSize(pcap: Pointer, bytes: number): number;
  setImmediate(pcap: Pointer, on: number): number;
  setTimestampType(pcap: Pointer, type: number): number;
  setTimestampPrecision(pcap: Pointer, precision: number): number;
  timestampTypeOf(name: string): number;
  timestampTypes(pcap: Pointer, list: Uint8Array): number;
  timestampTypeName(type: number): string | null;
  timestampTypeDescription(type: number): string | null;
  freeTimestampTypes(list: Pointer): void;
  activate(pcap: Pointer): number;
  statusWords(status: number): string;
  lastError(pcap: Pointer): string;
  setNonblocking(pcap: Pointer, on: number, error: Uint8Array): number;
  setDirection(pcap: Pointer, direction: number): number;
  dlt(pcap: Pointer): number;
  dltName(dlt: number): string | null;
  dltDescription(dlt: number): string | null;
  dltOf(name: string): number;
  dlts(pcap: Pointer, list: Uint8Array): number;
  setDlt(pcap: Pointer, dlt: number): number;
  freeDlts(list: Pointer): void;
  snapshot(pcap: Pointer): number;
  compile(pcap: Pointer, program: Uint8Array, text: string, optimize: number, netmask: number): number;
  setFilter(pcap: Pointer, program: Uint8Array): number;
  freeProgram(program: Uint8Array): void;
  lookupNet(device: string, net: Uint8Array, mask: Uint8Array, error: Uint8Array): number;
  dispatch: Loop;
  loop: Loop;
  breakLoop(pcap: Pointer): void;
  openDump(pcap: Pointer, file: Pointer): Pointer | null;
  statistics(pcap: Pointer, counters: Uint8Array): number;
  selectable(pcap: Pointer): number;
  close(pcap: Pointer): void;
  /** Address of pcap_dump, the callback that writes a packet to a stream. */
  dump: bigint;
}

let functions: Functions | undefined;

function bind(): Functions {
  if (functions !== undefined) return functions;
  const library = libpcap();
  functions = {
    create: library.func('void *pcap_create(const char *, void *)'),
    setSnaplen: library.func('int pcap_set_snaplen(void *, int)'),
    setPromiscuous: library.func('int pcap_set_promisc(void *, int)'),
    setTimeout: library.func('int pcap_set_timeout(void *, int)'),
    setBufferSize: library.func('int pcap_set_buffer_size(void *, int)'),
    setImmediate: library.func('int pcap_set_immediate_mode(void *, int)'),
    setTimestampType: library.func('int pcap_set_tstamp_type(void *, int)'),
    setTimestampPrecision: library.func('int pcap_set_tstamp_precision(void *, int)'),
    timestampTypeOf: library.func('int pcap_tstamp_type_name_to_val(const char *)'),
    timestampTypes: library.func('int pcap_list_tstamp_types(void *, void *)'),
    timestampTypeName: library.func('const char *pcap_tstamp_type_val_to_name(int)'),
    timestampTypeDescription: library.func('const char *pcap_tstamp_type_val_to_description(int)'),
    freeTimestampTypes: library.func('void pcap_free_tstamp_types(void *)'),
    activate: library.func('int pcap_activate(void *)'),
    statusWords: library.func('const char *pcap_statustostr(int)'),
    lastError: library.func('const char *pcap_geterr(void *)'),
    setNonblocking: library.func('int pcap_setnonblock(void *, int, void *)'),
    setDirection: library.func('int pcap_setdirection(void *, int)'),
    dlt: library.func('int pcap_datalink(void *)'),
    dltName: library.func('const char *pcap_datalink_val_to_name(int)'),
    dltDescription: library.func('const char *pcap_datalink_val_to_description(int)'),
    dltOf: library.func('int pcap_datalink_name_to_val(const char *)'),
    dlts: library.func('int pcap_list_datalinks(void *, void *)'),
    setDlt: library.func('int pcap_set_datalink(void *, int)'),
    freeDlts: library.func('void pcap_free_datalinks(void *)'),
    snapshot: library.func('int pcap_snapshot(void *)'),
    compile: library.func('int pcap_compile(void *, void *, const char *, int, unsigned int)'),
    setFilter: library.func('int pcap_setfilter(void *, void *)'),
    freeProgram: library.func('void pcap_freecode(void *)'),
    lookupNet: library.func('int pcap_lookupnet(const char *, void *, void *, void *)'),
    dispatch: library.func('int pcap_dispatch(void *, int, void *, void *)') as unknown as Loop,
    loop: library.func('int pcap_loop(void *, int, void *, void *)') as unknown as Loop,
    breakLoop: library.func('void pcap_breakloop(void *)'),
    openDump: library.func('void *pcap_dump_fopen(void *, void *)'),
    statistics: library.func('int pcap_stats(void *, void *)'),
    selectable: library.func('int pcap_get_selectable_fd(void *)'),
    close: library.func('void pcap_close(void *)'),
    dump: library.symbol('pcap_dump') as bigint,
  };
  return functions;
}

const ERROR_SIZE = 256;
const PCAP_ERROR = -1;
const PCAP_ERROR_BREAK = -2;
const PCAP_ERROR_NO_SUCH_DEVICE = -5;
const PCAP_ERROR_PERM_DENIED = -8;
const PCAP_ERROR_IFACE_NOT_UP = -9;
const PCAP_ERROR_PROMISC_PERM_DENIED = -11;
const PCAP_WARNING = 1;
const PCAP_WARNING_TSTAMP_TYPE_NOTSUP = 3;
const PRECISION_NANO = 1;
/** What keeps an interface from being opened that has a code of its own. */
const FAILURES: ReadonlyMap<number, ErrorCode> = new Map([
  [PCAP_ERROR_NO_SUCH_DEVICE, 'UNKNOWN_INTERFACE'],
  [PCAP_ERROR_IFACE_NOT_UP, 'INTERFACE_DOWN'],
]);
/** What libpcap says when an interface was removed; it has no code for it. */
const GONE = 'The interface disappeared';
const DIRECTIONS: Record<Direction, number> = { inout: 0, in: 1, out: 2 };

/** An interface being captured on. */
export class Handle {
  readonly device: string;
  readonly options: OpenOptions;
  /** What libpcap had to say when it opened the interface, none of which keeps it from capturing. */
  readonly warnings: string[] = [];
  private readonly pcap: Pointer;
  private readonly counters = new Uint8Array(32);

  /**
   * Opens the interface (or `any`) in this process's namespace and starts capturing.
   * Throws NscapError: NOT_PERMITTED, CAPTURE with libpcap's words, usage errors for names libpcap does not know.
   */
  constructor(device: string, options: OpenOptions) {
    this.device = device;
    this.options = options;
    const pcap = bind();
    const error = new Uint8Array(ERROR_SIZE);
    const handle = pcap.create(device, error);
    if (handle === null) throw new NscapError('CAPTURE', words(error));
    this.pcap = handle;
    try {
      this.configure();
      this.activate();
      if (options.linkType !== undefined) this.setLinkType(options.linkType);
      if (options.direction !== undefined && options.direction !== 'inout') {
        this.check(
          pcap.setDirection(handle, DIRECTIONS[options.direction]),
          `${device}: pcap_setdirection() failed: `,
        );
      }
      this.setBlocking(false);
      this.stampOnce();
    } catch (thrown) {
      pcap.close(handle);
      throw thrown;
    }
  }

  private configure(): void {
    const pcap = bind();
    const { options, pcap: handle, device } = this;
    pcap.setSnaplen(handle, options.snaplen);
    pcap.setPromiscuous(handle, options.promiscuous ? 1 : 0);
    pcap.setTimeout(handle, options.timeout);
    if (options.immediate) pcap.setImmediate(handle, 1);
    if (options.bufferKib !== undefined) pcap.setBufferSize(handle, options.bufferKib * 1024);
    if (options.timestampType !== undefined) {
      const type = pcap.timestampTypeOf(options.timestampType);
      if (type < 0)
        throw usageError(
          `invalid time stamp type ${options.timestampType}`,
          'pcap-tstamp(7) lists them; -J lists those of the interface',
        );
      const status = pcap.setTimestampType(handle, type);
      if (status < 0)
        throw new NscapError('CAPTURE', `${device}: can't set time stamp type: ${pcap.statusWords(status)}`);
      if (status > 0)
        this.warnings.push(
          `when trying to set time stamp type '${options.timestampType}' on ${device}: ${pcap.statusWords(status)}`,
        );
    }
    if (options.nanoseconds) {
      const status = pcap.setTimestampPrecision(handle, PRECISION_NANO);
      if (status !== 0)
        throw new NscapError(
          'CAPTURE',
          `${device}: can't set nanosecond time stamp precision: ${pcap.statusWords(status)}`,
        );
    }
  }

  private activate(): void {
    const pcap = bind();
    const status = pcap.activate(this.pcap);
    if (status === 0) return;
    const said = pcap.lastError(this.pcap);
    const meaning = pcap.statusWords(status);
    if (status > 0) {
      if (status === PCAP_WARNING) this.warnings.push(said);
      else if (status === PCAP_WARNING_TSTAMP_TYPE_NOTSUP || said === '')
        this.warnings.push(`${this.device}: ${meaning}`);
      else this.warnings.push(`${this.device}: ${meaning} (${said})`);
      return;
    }
    if (status === PCAP_ERROR_PERM_DENIED || status === PCAP_ERROR_PROMISC_PERM_DENIED) {
      throw new NscapError('NOT_PERMITTED', `${this.device}: ${meaning}${said === '' ? '' : ` (${said})`}`, {
        hint: sudoHint(),
      });
    }
    const code = FAILURES.get(status) ?? 'CAPTURE';
    if (status === PCAP_ERROR) throw new NscapError(code, `${this.device}: ${said}`);
    const more = said === '' || said === meaning ? '' : ` (${said})`;
    throw new NscapError(
      code,
      `${this.device}: ${meaning}${more}`,
      status === PCAP_ERROR_IFACE_NOT_UP
        ? { hint: `ip link set dev ${this.device} up, in its namespace` }
        : {},
    );
  }

  /** LINKTYPE_ value of the packets, as a file has it. */
  get fileLinkType(): number {
    return this.dlt === DLT_RAW ? LINKTYPE_RAW : this.dlt;
  }

  /**
   * Has the kernel stamp each packet once, as it comes in or goes out, for all who capture. It does so only where some
   * socket asks for time stamps; else each capture stamps it for itself when its turn comes, a little later, and the
   * stamps of two captures differ by a microsecond. Where the system knows no such option nothing is lost.
   */
  private stampOnce(): void {
    const on = new Uint8Array(new Int32Array([1]).buffer);
    libc().setSocketOption(this.descriptor, SOL_SOCKET, SO_TIMESTAMP, on, on.length);
  }

  /** DLT_ value of the packets: what this system calls the link type. Only raw IP is another LINKTYPE_ value in files. */
  private get dlt(): number {
    return bind().dlt(this.pcap);
  }

  /** The link type as tcpdump names it: name `EN10MB`, description `Ethernet`. */
  get linkType(): Named {
    return linkTypeNamed(this.dlt);
  }

  /** Link types the interface can be asked for. */
  linkTypes(): Named[] {
    const pcap = bind();
    return list(this.pcap, pcap.dlts, pcap.freeDlts).map(linkTypeNamed);
  }

  /** Snapshot length in bytes, as libpcap has settled it. */
  get snaplen(): number {
    return bind().snapshot(this.pcap);
  }

  private setLinkType(name: string): void {
    const pcap = bind();
    const dlt = pcap.dltOf(name);
    if (dlt < 0) throw usageError(`invalid data link type ${name}`, `-L lists those of ${this.device}`);
    if (dlt === this.dlt) return;
    this.check(pcap.setDlt(this.pcap, dlt), '');
  }

  /** Lets through only packets that match. Throws a usage error in libpcap's words where it does not compile. */
  setFilter(expression: string): void {
    const pcap = bind();
    if (expression.includes('\0')) throw usageError('a filter expression cannot hold a NUL byte');
    // What `ip broadcast` and `ip multicast` mean depends on the network of the interface; without one it is 0.
    const mask = new Uint8Array(4);
    pcap.lookupNet(this.device, new Uint8Array(4), mask, new Uint8Array(ERROR_SIZE));
    // struct bpf_program: a 32-bit count and a pointer.
    const program = new Uint8Array(16);
    if (pcap.compile(this.pcap, program, expression, 1, new Uint32Array(mask.buffer)[0]) < 0) {
      throw usageError(pcap.lastError(this.pcap), 'pcap-filter(7) describes the syntax');
    }
    const status = pcap.setFilter(this.pcap, program);
    pcap.freeProgram(program);
    this.check(status, '');
  }

  /** Lets nothing through from now on, but leaves what is in the ring to be read; pcap_setfilter would filter that too. */
  refuse(): void {
    // struct sock_fprog (linux/filter.h): a 16-bit count, and a pointer to the one instruction `ret #0`: accept no byte.
    const instruction = new Uint8Array(8);
    new DataView(instruction.buffer).setUint16(0, BPF_RET, true);
    const program = koffi().struct({ length: 'uint16', instructions: 'void *' });
    const value = koffi().as({ length: 1, instructions: instruction }, koffi().pointer(program));
    libc().setSocketOption(this.descriptor, SOL_SOCKET, SO_ATTACH_FILTER, value, koffi().sizeof(program));
  }

  /**
   * Hands at most `count` packets to pcap_dump, which appends them to `file` as pcap records, on another thread. Does
   * not wait for packets: returns how many there were, 0 where there are none now. Throws NscapError in libpcap's
   * words: INTERFACE_GONE where the interface was removed, CAPTURE for the rest.
   */
  dispatch(count: number, file: Pointer): Promise<number> {
    return this.run(bind().dispatch, count, file);
  }

  /**
   * The same, but waits (once `setBlocking(true)` is called) until there were `count` packets, or `breakLoop` ends it.
   * Returns whether all came; how many did where it was broken off, libpcap does not tell.
   */
  async loop(count: number, file: Pointer): Promise<boolean> {
    // process.exit waits for the thread that captures.
    const end = () => this.breakLoop();
    process.on('exit', end);
    try {
      return (await this.run(bind().loop, count, file)) === 0;
    } finally {
      process.off('exit', end);
    }
  }

  private run(loop: Loop, count: number, file: Pointer): Promise<number> {
    return new Promise((resolve, reject) => {
      const { dump, lastError } = bind();
      loop.async(this.pcap, count, dump, file, (error, result) => {
        if (error) reject(error);
        else if (result >= 0 || result === PCAP_ERROR_BREAK) resolve(result);
        else {
          const said = lastError(this.pcap);
          reject(new NscapError(said === GONE ? 'INTERFACE_GONE' : 'CAPTURE', `${this.device}: ${said}`));
        }
      });
    });
  }

  /** Ends the `loop` under way. */
  breakLoop(): void {
    bind().breakLoop(this.pcap);
  }

  /** Whether `loop` waits for packets. */
  setBlocking(blocking: boolean): void {
    const error = new Uint8Array(ERROR_SIZE);
    if (bind().setNonblocking(this.pcap, blocking ? 0 : 1, error) < 0) {
      throw new NscapError('CAPTURE', `${this.device}: ${words(error)}`);
    }
  }

  /** Writes a pcap file header to a stream: 24 bytes in this machine's byte order. */
  writeHeader(file: Pointer): void {
    const pcap = bind();
    if (pcap.openDump(this.pcap, file) === null)
      throw new NscapError('CAPTURE', `${this.device}: ${pcap.lastError(this.pcap)}`);
  }

  /** Counters of the kernel. */
  statistics(): Counters {
    this.check(bind().statistics(this.pcap, this.counters), '');
    const [received, dropped, interfaceDropped] = new Uint32Array(this.counters.buffer) as unknown as [
      number,
      number,
      number,
    ];
    return { received, dropped, interfaceDropped };
  }

  /** Waits until there may be packets, or `wake` is called. */
  wait(): Promise<void> {
    return readable(this.descriptor);
  }

  wake(): void {
    void wake(this.descriptor);
  }

  private get descriptor(): number {
    return bind().selectable(this.pcap);
  }

  close(): void {
    bind().close(this.pcap);
  }

  private check(status: number, before: string): void {
    if (status < 0) throw new NscapError('CAPTURE', before + bind().lastError(this.pcap));
  }
}

const DLT_RAW = 12;
const LINKTYPE_RAW = 101;
const BPF_RET = 6;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_TIMESTAMP = 29;

function linkTypeNamed(dlt: number): Named {
  return {
    value: dlt,
    name: bind().dltName(dlt) ?? String(dlt),
    description: bind().dltDescription(dlt) ?? 'not printable',
  };
}

/** Time stamp types the interface offers; empty where it has but one. */
export function timestampTypes(device: string): Named[] {
  const pcap = bind();
  const error = new Uint8Array(ERROR_SIZE);
  const handle = pcap.create(device, error);
  if (handle === null) throw new NscapError('CAPTURE', words(error));
  try {
    return list(handle, pcap.timestampTypes, pcap.freeTimestampTypes).map((type) => ({
      value: type,
      name: pcap.timestampTypeName(type) ?? String(type),
      description: pcap.timestampTypeDescription(type) ?? '',
    }));
  } finally {
    pcap.close(handle);
  }
}

/** The numbers that a pcap_list_… function answers in an array of its own. */
function list(
  handle: Pointer,
  ask: (pcap: Pointer, list: Uint8Array) => number,
  free: (list: Pointer) => void,
): number[] {
  const { decode, array } = koffi();
  const slot = new BigUint64Array(1);
  const count = ask(handle, new Uint8Array(slot.buffer));
  if (count < 0) throw new NscapError('CAPTURE', bind().lastError(handle));
  if (count === 0) return [];
  const pointer = decode(slot, 'void *') as Pointer;
  const numbers = Array.from(decode(pointer, array('int', count)) as ArrayLike<number>);
  free(pointer);
  return numbers;
}

function words(error: Uint8Array): string {
  return Buffer.from(error).toString('utf8').split('\0', 1)[0];
}
