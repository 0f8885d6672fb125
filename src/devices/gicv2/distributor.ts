/** The distributor's registers, GICD (IHI 0048B, "Distributor register descriptions"). */

import type { Device } from '../device.ts';
import { SGI_MASK } from '../gic/interrupts.ts';
import { FIRST_SPI, SGIS, WORDS } from '../gic/intid.ts';
import {
  bitArrayOf,
  firstIntid,
  ICENABLER,
  ICPENDR,
  ISPENDR,
  readArrays,
  writeArrays,
} from '../gic/register-arrays.ts';
import { changeSenders, senders, setTargets, targets } from './distributor-fields.ts';
import type { Gicv2Interrupts } from './interrupts.ts';

/** Implementer Arm; the revision fields are zero, as in QEMU. */
const IIDR_VALUE = 0x43b;
/** GICD_PIDR4 to 7, PIDR0 to 3 (PIDR2.ArchRev = 2) and CIDR0 to 3. */
const ID_BYTES = [0x04, 0x00, 0x00, 0x00, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const SIZE_MASK = { 1: 0xff, 2: 0xffff, 4: -1 } as const;

const CTLR = 0x000;
const TYPER = 0x004;
const IIDR = 0x008;
const SGIR = 0xf00;
const CPENDSGIR = 0xf10;
const SPENDSGIR = 0xf20;
const ID = 0xfd0;
const ID_END = 0x1000;

const ITARGETSR = 0x800;
const ITARGETSR_END = 0xc00;

export class Distributor implements Device {
  readonly name = 'gicd';

  constructor(
    private readonly interrupts: Gicv2Interrupts,
    private readonly onGuestError: (text: string) => void,
  ) {}

  /** Registers are readable by byte, halfword and word; banked ones are those of `cpu`. */
  read(offset: number, size: 1 | 2 | 4, cpu = 0): number {
    return ((this.readWord(offset & ~3, cpu) >>> ((offset & 3) * 8)) & SIZE_MASK[size]) >>> 0;
  }

  private readWord(offset: number, cpu: number): number {
    const { interrupts } = this;
    if (firstIntid(offset) >= 0) return readArrays(interrupts, cpu, offset);
    if (offset >= ITARGETSR && offset < ITARGETSR_END) return targets(interrupts, cpu, offset - ITARGETSR);
    if (offset >= CPENDSGIR && offset < SPENDSGIR + SGIS) return senders(interrupts, cpu, offset & 0xf);
    if (offset >= ID && offset < ID_END) return ID_BYTES[(offset - ID) >>> 2];
    switch (offset) {
      case CTLR:
        return interrupts.forwarded;
      case TYPER:
        return (WORDS - 1) | ((interrupts.cpus - 1) << 5);
      case IIDR:
        return IIDR_VALUE;
    }
    this.unknown('read', offset);
    return 0;
  }

  /** Registers are writable by byte, halfword and word, except GICD_SGIR, which takes words only. */
  write(offset: number, size: 1 | 2 | 4, value: number, cpu = 0): void {
    const shift = (offset & 3) * 8;
    const lanes = SIZE_MASK[size] << shift;
    this.writeWord(offset & ~3, (value << shift) & lanes, lanes, cpu);
    this.interrupts.changedAll();
  }

  /** Writes the bits of a register that `lanes` has; the others of `word` are zero. */
  private writeWord(offset: number, word: number, lanes: number, cpu: number): void {
    const { interrupts } = this;
    if (firstIntid(offset) >= 0) {
      writeArrays(interrupts, cpu, offset, isForSgis(offset) ? word & ~SGI_MASK : word, lanes);
    } else if (offset >= ITARGETSR && offset < ITARGETSR_END) {
      setTargets(interrupts, offset - ITARGETSR, word, lanes);
    } else if (offset >= CPENDSGIR && offset < SPENDSGIR + SGIS) {
      changeSenders(interrupts, cpu, offset & 0xf, word, lanes, offset >= SPENDSGIR);
    } else if (offset === CTLR) {
      interrupts.forwarded = ((interrupts.forwarded & ~lanes) | word) & 3;
    } else if (offset === SGIR && lanes === -1) {
      this.generate(word, cpu);
    } else {
      this.unknown('write', offset);
    }
  }

  /** GICD_SGIR: to the CPUs of the list, to all but the sender, or to the sender. */
  private generate(word: number, cpu: number): void {
    const { interrupts } = this;
    const filter = (word >>> 24) & 3;
    if (filter === 3) this.onGuestError('gicd: GICD_SGIR.TargetListFilter has the reserved value 3');
    const self = 1 << cpu;
    const receivers = [(word >>> 16) & 0xff, ~self, self, 0][filter];
    const sgi = word & 0xf;
    for (let to = 0; to < interrupts.cpus; to++) {
      if ((receivers & (1 << to)) === 0) continue;
      interrupts.setSgiSources(to, sgi, interrupts.sgiSources[to * SGIS + sgi] | self);
    }
  }

  private unknown(how: 'read' | 'write', offset: number): void {
    this.onGuestError(`gicd: ${how} of offset 0x${offset.toString(16)}, where no such register is`);
  }
}

/** SGIs are always enabled; their pending state has registers of its own. */
function isForSgis(offset: number): boolean {
  const array = bitArrayOf(offset);
  return firstIntid(offset) < FIRST_SPI && (array === ICENABLER || array === ISPENDR || array === ICPENDR);
}
