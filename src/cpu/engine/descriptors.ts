/** Descriptor accesses of table walks, to the RAM of the machine. */

import type { Bus } from '../../devices/bus.ts';
import { inFrame } from '../../devices/frames.ts';
import type { DescriptorMemory } from '../../mmu/memory.ts';

export class BusDescriptors implements DescriptorMemory {
  hi = 0;
  lo = 0;
  constructor(private readonly bus: Bus) {}

  read(paHi: number, paLo: number): boolean {
    const frame = this.bus.frameAt(paHi, paLo);
    if (frame === 0) return false;
    const at = (frame + inFrame(paLo)) >>> 2;
    const { i32 } = this.bus.memory;
    this.lo = i32[at];
    this.hi = i32[at + 1];
    return true;
  }

  write(pa: number, hi: number, lo: number): boolean {
    return this.bus.isWritable(pa) && this.bus.write32(pa, lo) && this.bus.write32(pa + 4, hi);
  }
}
