/** The interrupts of a GICv2: SGIs know who sent them, SPIs target sets of CPUs (IHI 0048B, "GICD_ITARGETSRn"). */

import { Interrupts, type InterruptsState, SGI_MASK } from '../gic/interrupts.ts';
import { FIRST_SPI, INTIDS, lowestBit, SGIS } from '../gic/intid.ts';

export interface Gicv2InterruptsState extends InterruptsState {
  readonly targets: number[];
  readonly sgiSources: number[];
}

const SPIS = INTIDS - FIRST_SPI;
const PRIORITY_MASK = 0xff;

export class Gicv2Interrupts extends Interrupts {
  /** CPUs that have sent each SGI and wait for its acknowledgement: a byte for each receiver and SGI. */
  readonly sgiSources: Uint8Array;

  constructor(cpus: number) {
    super(cpus, PRIORITY_MASK);
    this.sgiSources = new Uint8Array(cpus * SGIS);
    this.enabled.fill(SGI_MASK, 0, cpus);
    // With one CPU every SPI targets it.
    if (cpus === 1) for (let spi = 0; spi < SPIS; spi++) this.setTargets(spi, 1);
  }

  /** Of an SGI only one sender is served. */
  protected override unlatch(cpu: number, intid: number): void {
    if (intid >= SGIS) {
      super.unlatch(cpu, intid);
      return;
    }
    const sources = this.sgiSources[cpu * SGIS + intid];
    this.setSgiSources(cpu, intid, sources & (sources - 1));
  }

  /** The CPU whose SGI is next to be acknowledged; the SGI is pending. */
  sgiSource(cpu: number, sgi: number): number {
    return lowestBit(this.sgiSources[cpu * SGIS + sgi]);
  }

  /** Says which CPUs, as a bitmap, have sent an SGI that is pending at `cpu`. */
  setSgiSources(cpu: number, sgi: number, sources: number): void {
    this.sgiSources[cpu * SGIS + sgi] = sources & this.everyCpu;
    if ((sources & this.everyCpu) !== 0) this.latch[cpu] |= 1 << sgi;
    else this.latch[cpu] &= ~(1 << sgi);
  }

  override state(): Gicv2InterruptsState {
    const targets = Array.from({ length: SPIS }, (_, spi) => this.targetsOf(spi));
    return { ...super.state(), targets, sgiSources: Array.from(this.sgiSources) };
  }

  override load(state: Gicv2InterruptsState): void {
    super.load(state);
    this.sgiSources.set(state.sgiSources);
    state.targets.forEach((cpus, spi) => {
      this.setTargets(spi, cpus);
    });
  }
}
