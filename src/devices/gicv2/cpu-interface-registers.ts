/** The registers of the CPU interfaces, GICC and GICV (IHI 0048B, "CPU interface register descriptions"). */

import type { Device } from '../device.ts';
import type { Gicv2CpuInterface } from './cpu-interface.ts';

/** Architecture version 2, implementer Arm; as in QEMU. */
const IIDR_VALUE = 0x0002_043b;

const CTLR = 0x000;
const PMR = 0x004;
const BPR = 0x008;
const IAR = 0x00c;
const EOIR = 0x010;
const RPR = 0x014;
const HPPIR = 0x018;
const ABPR = 0x01c;
const AIAR = 0x020;
const AEOIR = 0x024;
const AHPPIR = 0x028;
/** GICC_APR0 to 3 and GICC_NSAPR0 to 3; a virtual interface has GICV_APR0 alone. */
const APR = 0x0d0;
const NSAPR = 0x0e0;
const IIDR = 0x0fc;
const DIR = 0x1000;
const WORDS_OF_GROUP = 4;

/** Index into the words of the active priorities; -1 for other offsets. */
function activeIndex(offset: number): number {
  if (offset >= APR && offset < APR + 16) return (offset - APR) / 4;
  return offset >= NSAPR && offset < NSAPR + 16 ? (offset - NSAPR) / 4 + WORDS_OF_GROUP : -1;
}

/** One register file, banked by the CPU that accesses it. Only word accesses are defined; others do nothing. */
export class CpuInterfaceRegisters implements Device {
  constructor(
    readonly name: 'gicc' | 'gicv',
    private readonly interfaces: readonly Gicv2CpuInterface[],
    private readonly onGuestError: (text: string) => void,
  ) {}

  read(offset: number, size: 1 | 2 | 4, cpu = 0): number {
    const own = this.interfaces[cpu];
    if (size === 4) {
      switch (offset) {
        case IAR:
          return own.acknowledge(false);
        case CTLR:
          return own.ctlr;
        case PMR:
          return own.pmr;
        case BPR:
          return own.bpr;
        case RPR:
          return own.runningPriority;
        case HPPIR:
          return own.highestPending(false);
        case ABPR:
          return own.abpr;
        case AIAR:
          return own.acknowledge(true);
        case AHPPIR:
          return own.highestPending(true);
        case IIDR:
          return IIDR_VALUE;
      }
      const index = activeIndex(offset);
      if (index >= 0 && index < own.active.words.length) return own.active.words[index];
    }
    this.unknown('read', offset, size);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number, cpu = 0): void {
    const own = this.interfaces[cpu];
    if (size !== 4) this.unknown('write', offset, size);
    else if (offset === EOIR || offset === AEOIR) own.endOfInterrupt(value);
    else if (offset === DIR) this.deactivate(own, value);
    else this.configure(own, offset, value);
  }

  private deactivate(own: Gicv2CpuInterface, value: number): void {
    if (own.splitsEnd) own.deactivate(value);
    else this.onGuestError(`${this.name}: DIR written while CTLR.EOImode is 0`);
  }

  private configure(own: Gicv2CpuInterface, offset: number, value: number): void {
    const index = activeIndex(offset);
    if (offset === CTLR) {
      own.ctlr = value;
    } else if (offset === PMR) {
      own.setPriorityMask(value);
    } else if (offset === BPR) {
      own.setBinaryPoint(value);
    } else if (offset === ABPR) {
      own.setAliasedBinaryPoint(value);
    } else if (index >= 0 && index < own.active.words.length) {
      own.active.words[index] = value;
      own.active.update();
    } else {
      this.unknown('write', offset, 4);
      return;
    }
    own.update();
  }

  private unknown(how: 'read' | 'write', offset: number, size: number): void {
    this.onGuestError(
      `${this.name}: ${how} of ${size} bytes at offset 0x${offset.toString(16)}, where no such register is`,
    );
  }
}
