// What is read of the packet at hand when a field first asks for it, and once for each packet.
import type { Dissection } from './dissection.ts';

export abstract class OnDemand {
  private serial = -1;
  private packet: Dissection | undefined;

  /** Itself, with what it has of this packet. */
  of(packet: Dissection): this {
    if (this.serial !== packet.serial || this.packet !== packet) {
      this.serial = packet.serial;
      this.packet = packet;
      this.read(packet);
    }
    return this;
  }

  /** Forgets what it has, and reads the packet. */
  protected abstract read(packet: Dissection): void;
}
