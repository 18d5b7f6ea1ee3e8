// Reasons of kernel modules (mac80211, Open vSwitch): the upper half of the number says which subsystem's they are, and the
// module's BTF has their names (Linux net/dropreason.h). It is read when the first of them occurs: few machines have any.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Btf } from './btf.ts';

const FOLDER = '/sys/kernel/btf';
const SHIFT = 16;
const SUBSYSTEM_PREFIX = 'SKB_DROP_REASON_SUBSYS_';
/** Milliseconds between two checks for newly loaded modules. */
const PAUSE = 5000;

/** Whether the kernel's own enumeration does not have it. */
function isOfModule(reason: number): boolean {
  return reason >>> SHIFT !== 0;
}

export class ModuleReasons {
  private readonly folder: string;
  private readonly names = new Map<number, string>();
  private readonly subsystems = new Map<number, string>();
  /** Modules whose types were read. */
  private readonly seen = new Set<string>();
  private looked = Number.NEGATIVE_INFINITY;

  constructor(folder = FOLDER) {
    this.folder = folder;
  }

  /** `OVS_DROP_LAST_ACTION`; `OPENVSWITCH_REASON_1` or `SUBSYSTEM_2_REASON_1` where no BTF names it. */
  name(reason: number): string {
    if (!this.names.has(reason) && performance.now() - this.looked > PAUSE) this.look();
    const known = this.names.get(reason);
    if (known !== undefined) return known;
    const subsystem = reason >>> SHIFT;
    return `${this.subsystems.get(subsystem) ?? `SUBSYSTEM_${subsystem}`}_REASON_${reason & 0xffff}`;
  }

  private look(): void {
    this.looked = performance.now();
    let modules: string[];
    try {
      modules = readdirSync(this.folder).filter((name) => name !== 'vmlinux' && !this.seen.has(name));
      if (modules.length === 0 && this.subsystems.size > 0) return;
      const kernel = new Btf(readFileSync(join(this.folder, 'vmlinux')));
      for (const [name, number] of kernel.enumeration('skb_drop_reason_subsys') ?? [])
        this.subsystems.set(number, name.replace(SUBSYSTEM_PREFIX, ''));
      this.learn(kernel);
      for (const module of modules) {
        this.seen.add(module);
        this.learn(new Btf(readFileSync(join(this.folder, module)), kernel));
      }
    } catch {
      // No BTF, or not of this module: numbers remain.
    }
  }

  private learn(btf: Btf): void {
    for (const [name, number] of btf.enumerations('drop_reason'))
      if (isOfModule(number)) this.names.set(number, name.replace(/^_+/, ''));
  }
}
