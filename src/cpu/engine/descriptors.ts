/** Descriptor reads of table walks, from the RAM of the machine. */

import type { Bus } from '../../devices/bus.ts';
import type { DescriptorMemory } from '../../mmu/memory.ts';

export class BusDescriptors implements DescriptorMemory {
  hi = 0;
  lo = 0;
  constructor(private readonly bus: Bus) {}

  read(pa: number): boolean {
    const frame = this.bus.frame(pa);
    if (frame === 0) return false;
    const at = (frame + (pa % 4096)) >>> 2;
    this.lo = this.bus.memory.u32[at];
    this.hi = this.bus.memory.u32[at + 1];
    return true;
  }
}
