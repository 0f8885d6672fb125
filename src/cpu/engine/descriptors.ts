/** Descriptor accesses of table walks, to the RAM of the machine. */

import type { Bus } from '../../devices/bus.ts';
import { inFrame } from '../../devices/frames.ts';
import type { DescriptorMemory } from '../../mmu/memory.ts';

export class BusDescriptors implements DescriptorMemory {
  hi = 0;
  lo = 0;
  constructor(private readonly bus: Bus) {}

  read(pa: number): boolean {
    const frame = this.bus.frame(pa);
    if (frame === 0) return false;
    const at = (frame + inFrame(pa)) >>> 2;
    this.lo = this.bus.memory.u32[at];
    this.hi = this.bus.memory.u32[at + 1];
    return true;
  }

  write(pa: number, hi: number, lo: number): boolean {
    return this.bus.isWritable(pa) && this.bus.write32(pa, lo) && this.bus.write32(pa + 4, hi);
  }
}
