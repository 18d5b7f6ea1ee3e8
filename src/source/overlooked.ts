// A second look at an interface whose capture takes nothing: packets that carry others where the filter does not look.
import type { Interface } from '../base/interface.ts';
import { Handle } from '../binding/libpcap.ts';
import { NscapError } from '../errors.ts';
import { CARRYING, CARRYING_LIVE, Overlooked, SAMPLE_SNAPLEN } from '../filter/overlooked.ts';
import { LINUX_SLL2 } from '../wire/linktype.ts';
import { InterfaceSource } from './live.ts';

/** Room for about a thousand packets in the kernel; they are read only when the capture ends. */
const BUFFER_KIB = 512;

/** What the kernel keeps of such packets until the capture ends, or takes its first packet. */
export class OverlookedOnInterface {
  private handle: Handle | undefined;
  private readonly about: Interface;
  private readonly overlooked: Overlooked;

  private constructor(handle: Handle, about: Interface, filter: string) {
    this.handle = handle;
    this.about = about;
    this.overlooked = new Overlooked(filter);
  }

  /** Undefined where such packets cannot be looked for on an interface of this kind. */
  static open(device: string, about: Interface, filter: string): OverlookedOnInterface | undefined {
    let handle: Handle | undefined;
    try {
      handle = new Handle(device, {
        snaplen: SAMPLE_SNAPLEN,
        promiscuous: false,
        timeout: 1,
        immediate: true,
        bufferKib: BUFFER_KIB,
        ...(about.linkType === LINUX_SLL2 ? { linkType: 'LINUX_SLL2' } : {}),
      });
      setFirst(handle, device === 'any' ? CARRYING : CARRYING_LIVE);
      return new OverlookedOnInterface(handle, about, filter);
    } catch (error) {
      // A hint less, and no reason not to capture.
      handle?.close();
      if (error instanceof NscapError) return undefined;
      throw error;
    }
  }

  /** Which filters would have taken packets. */
  async hints(): Promise<string[]> {
    const { handle } = this;
    if (handle === undefined) return [];
    this.handle = undefined;
    const source = new InterfaceSource(handle, this.about);
    source.stop();
    for (let batch = await source.next(); batch !== null; batch = await source.next())
      this.overlooked.add(batch);
    return this.overlooked.hints();
  }

  close(): void {
    this.handle?.close();
    this.handle = undefined;
  }
}

/** Sets the first of the filters that compiles. */
function setFirst(handle: Handle, filters: readonly string[]): void {
  for (const [i, filter] of filters.entries()) {
    try {
      handle.setFilter(filter);
      return;
    } catch (error) {
      if (i === filters.length - 1) throw error;
    }
  }
}
