/** The distributor's registers, GICD (IHI 0048B, "Distributor register descriptions"). */

import type { Device } from '../bus.ts';
import { FIRST_SPI, INTIDS, SGIS, WORDS } from './intid.ts';
import type { Interrupts } from './interrupts.ts';

/** Implementer Arm; the revision fields are zero, as in QEMU. */
const IIDR = 0x43b;
/** GICD_PIDR4 to 7, PIDR0 to 3 (PIDR2.ArchRev = 2) and CIDR0 to 3, from 0xfd0 on. */
const ID = 0xfd0;
const ID_BYTES = [0x04, 0x00, 0x00, 0x00, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const SIZE_MASK = { 1: 0xff, 2: 0xffff, 4: -1 } as const;
const SGI_MASK = 0xffff;

const CTLR = 0x000;
const TYPER = 0x004;
const IIDR_AT = 0x008;
const SGIR = 0xf00;
const CPENDSGIR = 0xf10;
const SPENDSGIR = 0xf20;

/** Register arrays by bits [11:7] of the offset. */
const IGROUPR = 1;
const ISENABLER = 2;
const ICENABLER = 3;
const ISPENDR = 4;
const ICPENDR = 5;
const ISACTIVER = 6;
const ICACTIVER = 7;
const IPRIORITYR = 8;
const ITARGETSR = 16;
const ICFGR = 24;
const SGIS_AT = 30;
const IDS_AT = 31;
/** Arrays of a byte an INTID span eight such windows, two bits an INTID two. */
const byteArray = (window: number): number => (window >= IPRIORITYR && window < ICFGR ? window & ~7 : window & ~1);

export class Distributor implements Device {
  readonly name = 'gicd';

  constructor(
    private readonly interrupts: Interrupts,
    private readonly onGuestError: (text: string) => void,
  ) {}

  /** Registers are readable by byte, halfword and word; banked ones are those of `cpu`. */
  read(offset: number, size: 1 | 2 | 4, cpu = 0): number {
    return ((this.readWord(offset & ~3, cpu) >>> ((offset & 3) * 8)) & SIZE_MASK[size]) >>> 0;
  }

  private readWord(offset: number, cpu: number): number {
    const { interrupts } = this;
    const window = offset >>> 7;
    if (window === 0) return this.readControl(offset);
    if (window < IPRIORITYR) {
      const n = (offset & 0x7f) >>> 2;
      return n < WORDS ? this.bitmap(window, interrupts.wordAt(cpu, n)) : 0;
    }
    const array = byteArray(window);
    if (array === IPRIORITYR) return this.bytes(offset & 0x3fc, (intid) => interrupts.priority[this.byteAt(cpu, intid)]);
    if (array === ITARGETSR) return this.bytes(offset & 0x3fc, (intid) => this.targets(cpu, intid));
    if (array === ICFGR) return this.configuration(offset & 0xfc, cpu);
    if (offset >= CPENDSGIR && offset < SPENDSGIR + SGIS) {
      return this.bytes(offset & 0xc, (sgi) => interrupts.sgiSources[cpu * SGIS + sgi]);
    }
    if (window === IDS_AT && offset >= ID) return ID_BYTES[(offset - ID) >>> 2];
    this.unknown('read', offset);
    return 0;
  }

  /** Registers are writable by byte, halfword and word, except GICD_SGIR, which takes words only. */
  write(offset: number, size: 1 | 2 | 4, value: number, cpu = 0): void {
    const shift = (offset & 3) * 8;
    const lanes = SIZE_MASK[size] << shift;
    const word = (value << shift) & lanes;
    const at = offset & ~3;
    const window = at >>> 7;
    if (window === 0) {
      if (at === CTLR) this.interrupts.forwarded = ((this.interrupts.forwarded & ~lanes) | word) & 3;
      else this.unknown('write', at);
    } else if (window < IPRIORITYR) {
      const n = (at & 0x7f) >>> 2;
      if (n < WORDS) this.writeBitmap(window, n, word, lanes, cpu);
    } else {
      this.writeArray(window, at, word, lanes, cpu);
    }
    this.interrupts.changedAll();
  }

  private writeArray(window: number, at: number, word: number, lanes: number, cpu: number): void {
    const { interrupts } = this;
    const array = byteArray(window);
    if (array === IPRIORITYR) {
      eachByte(at & 0x3fc, word, lanes, (intid, byte) => {
        if (intid < INTIDS) interrupts.priority[this.byteAt(cpu, intid)] = byte;
      });
    } else if (array === ITARGETSR) {
      eachByte(at & 0x3fc, word, lanes, (intid, byte) => this.writeTargets(intid, byte));
    } else if (array === ICFGR) {
      this.configure(at & 0xfc, word, lanes, cpu);
    } else if (window === SGIS_AT) {
      this.writeSgi(at, word, lanes, cpu);
    } else {
      this.unknown('write', at);
    }
  }

  private readControl(offset: number): number {
    switch (offset) {
      case CTLR:
        return this.interrupts.forwarded;
      case TYPER:
        return (WORDS - 1) | ((this.interrupts.cpus - 1) << 5);
      case IIDR_AT:
        return IIDR;
    }
    this.unknown('read', offset);
    return 0;
  }

  private bitmap(window: number, word: number): number {
    const { interrupts } = this;
    switch (window) {
      case IGROUPR:
        return interrupts.group[word];
      case ISENABLER:
      case ICENABLER:
        return interrupts.enabled[word];
      case ISPENDR:
      case ICPENDR:
        return interrupts.pending(word);
      default:
        return interrupts.active[word];
    }
  }

  private writeBitmap(window: number, n: number, value: number, lanes: number, cpu: number): void {
    const { interrupts } = this;
    const word = interrupts.wordAt(cpu, n);
    // SGIs are always enabled; their pending state has registers of its own.
    const exceptSgis = n === 0 ? value & ~SGI_MASK : value;
    switch (window) {
      case IGROUPR:
        interrupts.group[word] = (interrupts.group[word] & ~lanes) | value;
        break;
      case ISENABLER:
        interrupts.enabled[word] |= value;
        break;
      case ICENABLER:
        interrupts.enabled[word] &= ~exceptSgis;
        break;
      case ISPENDR:
        interrupts.latch[word] |= exceptSgis;
        break;
      case ICPENDR:
        interrupts.latch[word] &= ~exceptSgis;
        break;
      case ISACTIVER:
        interrupts.active[word] |= value;
        break;
      case ICACTIVER:
        interrupts.active[word] &= ~value;
        break;
    }
  }

  /** Index of an INTID in arrays of a byte each. */
  private byteAt(cpu: number, intid: number): number {
    return this.interrupts.wordAt(cpu, intid >>> 5) * 32 + (intid & 31);
  }

  /** The word of a byte array whose first INTID is given; zero beyond the INTIDs that exist. */
  private bytes(first: number, byte: (intid: number) => number): number {
    if (first >= INTIDS) return 0;
    return byte(first) | (byte(first + 1) << 8) | (byte(first + 2) << 16) | (byte(first + 3) << 24);
  }

  /** GICD_ITARGETSR: with one CPU RAZ/WI; a private interrupt targets the CPU that reads. */
  private targets(cpu: number, intid: number): number {
    if (this.interrupts.cpus === 1) return 0;
    return intid < FIRST_SPI ? 1 << cpu : this.interrupts.targetsOf(intid - FIRST_SPI);
  }

  private writeTargets(intid: number, cpus: number): void {
    if (this.interrupts.cpus > 1 && intid >= FIRST_SPI && intid < INTIDS) {
      this.interrupts.setTargets(intid - FIRST_SPI, cpus);
    }
  }

  /** GICD_ICFGR at a byte offset into the array: bit 1 of each pair is set for edge-triggered INTIDs. */
  private configuration(offset: number, cpu: number): number {
    const first = offset * 4;
    if (first >= INTIDS) return 0;
    const half = this.interrupts.edge[this.interrupts.wordAt(cpu, first >>> 5)] >>> (first & 16);
    let pairs = 0;
    for (let i = 0; i < 16; i++) pairs |= ((half >>> i) & 1) << (2 * i + 1);
    return pairs;
  }

  private configure(offset: number, pairs: number, lanes: number, cpu: number): void {
    const first = offset * 4;
    if (first < SGIS || first >= INTIDS) return;
    const { edge } = this.interrupts;
    const word = this.interrupts.wordAt(cpu, first >>> 5);
    for (let i = 0; i < 16; i++) {
      if (((lanes >>> (2 * i + 1)) & 1) === 0) continue;
      const bit = 1 << (i + (first & 16));
      if (((pairs >>> (2 * i + 1)) & 1) !== 0) edge[word] |= bit;
      else edge[word] &= ~bit;
    }
  }

  private writeSgi(at: number, word: number, lanes: number, cpu: number): void {
    const { interrupts } = this;
    const sources = (sgi: number): number => interrupts.sgiSources[cpu * SGIS + sgi];
    if (at === SGIR && lanes === -1) {
      this.generate(word, cpu);
    } else if (at >= CPENDSGIR && at < SPENDSGIR) {
      eachByte(at & 0xc, word, lanes, (sgi, byte) => interrupts.setSgiSources(cpu, sgi, sources(sgi) & ~byte));
    } else if (at >= SPENDSGIR && at < SPENDSGIR + SGIS) {
      eachByte(at & 0xc, word, lanes, (sgi, byte) => interrupts.setSgiSources(cpu, sgi, sources(sgi) | byte));
    } else {
      this.unknown('write', at);
    }
  }

  /** GICD_SGIR: to the CPUs of the list, to all but the sender, or to the sender. */
  private generate(word: number, cpu: number): void {
    const { interrupts } = this;
    const filter = (word >>> 24) & 3;
    if (filter === 3) this.onGuestError('gicd: GICD_SGIR.TargetListFilter has the reserved value 3');
    const self = 1 << cpu;
    const targets = [(word >>> 16) & 0xff, ~self, self, 0][filter];
    const sgi = word & 0xf;
    for (let to = 0; to < interrupts.cpus; to++) {
      if ((targets & (1 << to)) !== 0) {
        interrupts.setSgiSources(to, sgi, interrupts.sgiSources[to * SGIS + sgi] | self);
      }
    }
  }

  private unknown(how: 'read' | 'write', offset: number): void {
    this.onGuestError(`gicd: ${how} of offset 0x${offset.toString(16)}, where no such register is`);
  }
}

/** Calls `take` for each byte of a word that is written; `first` is the INTID of its lowest byte. */
function eachByte(first: number, word: number, lanes: number, take: (intid: number, byte: number) => void): void {
  for (let i = 0; i < 4; i++) {
    if (((lanes >>> (8 * i)) & 0xff) !== 0) take(first + i, (word >>> (8 * i)) & 0xff);
  }
}
