/** The distributor's registers, GICD (IHI 0069, "Distributor register descriptions"), affinity routing always enabled. */

import type { Device } from '../device.ts';
import { FIRST_SPI, INTIDS, WORDS } from '../gic/intid.ts';
import { firstIntid, readArrays, writeArrays } from '../gic/register-arrays.ts';
import type { Gicv3Interrupts } from './interrupts.ts';
import { DISTRIBUTOR_ID, fromWord, IIDR_VALUE, idAt, isSecurityArray, lanesOf } from './registers.ts';

const CTLR = 0x0000;
const TYPER = 0x0004;
const IIDR = 0x0008;
const TYPER2 = 0x000c;
/** ITARGETSR, SGIR, CPENDSGIR and SPENDSGIR: RES0 with affinity routing. */
const ITARGETSR = 0x0800;
const ITARGETSR_END = 0x0c00;
const SGIR = 0x0f00;
const SPENDSGIR_END = 0x0f30;
/** Eight bytes for each SPI. */
const IROUTER = 0x6000 + 8 * FIRST_SPI;
const IROUTER_END = 0x6000 + 8 * INTIDS;

/** GICD_CTLR with a single security state: EnableGrp0, EnableGrp1, ARE and DS. */
const CTLR_GROUPS = 3;
const CTLR_ARE_DS = 0x50;
/** GICD_TYPER: No1N, A3V, IDbits 16, ITLinesNumber. */
const TYPER_VALUE = (1 << 25) | (1 << 24) | (15 << 19) | (WORDS - 1);

export class Distributor implements Device {
  readonly name = 'gicd';

  constructor(
    private readonly interrupts: Gicv3Interrupts,
    private readonly onGuestError: (text: string) => void,
  ) {}

  read(offset: number, size: 1 | 2 | 4): number {
    return fromWord(this.readWord(offset & ~3), offset, size);
  }

  private readWord(offset: number): number {
    const { interrupts } = this;
    const first = firstIntid(offset);
    // Those of the SGIs and PPIs are in the redistributors.
    if (first >= 0) return first < FIRST_SPI ? 0 : readArrays(interrupts, 0, offset);
    if (offset >= IROUTER && offset < IROUTER_END) return interrupts.router((offset - IROUTER) >>> 3, halfOf(offset));
    switch (offset) {
      case CTLR:
        return interrupts.forwarded | CTLR_ARE_DS;
      case TYPER:
        return TYPER_VALUE;
      case IIDR:
        return IIDR_VALUE;
    }
    const id = idAt(DISTRIBUTOR_ID, offset);
    if (id === undefined && !isReserved(offset)) this.unknown('read', offset);
    return id ?? 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    const lanes = lanesOf(offset, size);
    this.writeWord(offset & ~3, (value << ((offset & 3) * 8)) & lanes, lanes);
    this.interrupts.changedAll();
  }

  /** Writes the bits of a register that `lanes` has; the others of `word` are zero. */
  private writeWord(offset: number, word: number, lanes: number): void {
    const { interrupts } = this;
    const first = firstIntid(offset);
    if (first >= 0) {
      if (first >= FIRST_SPI) writeArrays(interrupts, 0, offset, word, lanes);
    } else if (offset >= IROUTER && offset < IROUTER_END) {
      const spi = (offset - IROUTER) >>> 3;
      const half = halfOf(offset);
      interrupts.setRouter(spi, half, (interrupts.router(spi, half) & ~lanes) | word);
    } else if (offset === CTLR) {
      interrupts.forwarded = ((interrupts.forwarded & ~lanes) | word) & CTLR_GROUPS;
    } else if (!isReserved(offset)) {
      this.unknown('write', offset);
    }
  }

  private unknown(how: 'read' | 'write', offset: number): void {
    this.onGuestError(`gicd: ${how} of offset 0x${offset.toString(16)}, where no such register is`);
  }
}

const halfOf = (offset: number): 0 | 1 => ((offset >>> 2) & 1) as 0 | 1;

/** Registers that a driver may find here, and that are RES0 in this GIC. */
const isReserved = (offset: number): boolean =>
  offset === TYPER2 ||
  isSecurityArray(offset) ||
  (offset >= ITARGETSR && offset < ITARGETSR_END) ||
  (offset >= SGIR && offset < SPENDSGIR_END);
