/** The redistributors' registers, GICR: two frames of 64 KiB a CPU (IHI 0069, "Redistributor register descriptions"). */

import type { Device } from '../device.ts';
import { FIRST_SPI } from '../gic/intid.ts';
import { firstIntid, readArrays, writeArrays } from '../gic/register-arrays.ts';
import type { Gicv3Interrupts } from './interrupts.ts';
import { fromWord, IIDR_VALUE, idAt, isSecurityArray, lanesOf, REDISTRIBUTOR_ID } from './registers.ts';

/** Bytes of a redistributor; RD_base is its first half, SGI_base the second. */
export const REDISTRIBUTOR_BYTES = 0x2_0000;
const SGI_BASE = 0x1_0000;

/** Without LPIs GICR_CTLR is RES0. */
const CTLR = 0x0000;
const IIDR = 0x0004;
const TYPER = 0x0008;
const TYPER_AFFINITY = 0x000c;
const WAKER = 0x0014;

/** GICR_TYPER: Last, and the number of the CPU. */
const TYPER_LAST = 1 << 4;
const TYPER_NUMBER_SHIFT = 8;
/** GICR_WAKER: ProcessorSleep, and ChildrenAsleep, which follows at once. */
const WAKER_SLEEP = 1 << 1;
const WAKER_ASLEEP = WAKER_SLEEP | (1 << 2);

/** All redistributors, one behind the other; any CPU may access any. They begin awake, as firmware would leave them. */
export class Redistributors implements Device {
  readonly name = 'gicr';

  constructor(
    private readonly interrupts: Gicv3Interrupts,
    private readonly onGuestError: (text: string) => void,
  ) {}

  /** Bytes of all of them. */
  get bytes(): number {
    return this.interrupts.cpus * REDISTRIBUTOR_BYTES;
  }

  read(offset: number, size: 1 | 2 | 4): number {
    return fromWord(this.readWord(Math.floor(offset / REDISTRIBUTOR_BYTES), wordOf(offset)), offset, size);
  }

  private readWord(cpu: number, offset: number): number {
    const { interrupts } = this;
    if (isPrivateArray(offset)) return readArrays(interrupts, cpu, offset - SGI_BASE);
    switch (offset) {
      case CTLR:
        return 0;
      case IIDR:
        return IIDR_VALUE;
      case TYPER:
        return (cpu << TYPER_NUMBER_SHIFT) | (cpu === interrupts.cpus - 1 ? TYPER_LAST : 0);
      case TYPER_AFFINITY:
        return cpu;
      case WAKER:
        return (interrupts.asleep & (1 << cpu)) !== 0 ? WAKER_ASLEEP : 0;
    }
    const id = idAt(REDISTRIBUTOR_ID, offset);
    if (id === undefined && !isReserved(offset)) this.unknown('read', offset);
    return id ?? 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    const cpu = Math.floor(offset / REDISTRIBUTOR_BYTES);
    const lanes = lanesOf(offset, size);
    this.writeWord(cpu, wordOf(offset), (value << ((offset & 3) * 8)) & lanes, lanes);
    this.interrupts.changed(cpu, 0);
  }

  /** Writes the bits of a register that `lanes` has; the others of `word` are zero. */
  private writeWord(cpu: number, offset: number, word: number, lanes: number): void {
    const { interrupts } = this;
    if (isPrivateArray(offset)) {
      writeArrays(interrupts, cpu, offset - SGI_BASE, word, lanes);
    } else if (offset === WAKER) {
      if ((lanes & WAKER_SLEEP) === 0) return;
      if ((word & WAKER_SLEEP) !== 0) interrupts.asleep |= 1 << cpu;
      else interrupts.asleep &= ~(1 << cpu);
    } else if (offset !== CTLR && !isReserved(offset)) {
      this.unknown('write', offset);
    }
  }

  private unknown(how: 'read' | 'write', offset: number): void {
    this.onGuestError(`gicr: ${how} of offset 0x${offset.toString(16)}, where no such register is`);
  }
}

/** Offset of a register's word within its redistributor. */
const wordOf = (offset: number): number => offset & (REDISTRIBUTOR_BYTES - 1) & ~3;

/** SGI_base has the arrays of INTIDs 0 to 31. */
function isPrivateArray(offset: number): boolean {
  const first = offset < SGI_BASE ? -1 : firstIntid(offset - SGI_BASE);
  return first >= 0 && first < FIRST_SPI;
}

const isReserved = (offset: number): boolean => offset >= SGI_BASE && isSecurityArray(offset - SGI_BASE);
