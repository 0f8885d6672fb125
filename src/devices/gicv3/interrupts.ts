/** The interrupts of a GICv3: SPIs routed by affinity, CPUs that sleep (IHI 0069, "GICD_IROUTER<n>", "GICR_WAKER"). */

import { Interrupts, type InterruptsState } from '../gic/interrupts.ts';
import { FIRST_SPI, INTIDS } from '../gic/intid.ts';

export interface Gicv3InterruptsState extends InterruptsState {
  readonly routers: number[];
  readonly asleep: number;
}

/** Five bits of priority, as the CPU interfaces of QEMU's CPUs have. */
const PRIORITY_MASK = 0xf8;
const SPIS = INTIDS - FIRST_SPI;
/** Aff3 above Aff2, Aff1 and Aff0 (GICD_TYPER.A3V); without 1-of-N (No1N), bit 31 is RES0. */
const AFF210_MASK = 0x00ff_ffff;
const AFF3_MASK = 0xff;

/** A CPU's affinity is its index: Aff0. */
export class Gicv3Interrupts extends Interrupts {
  /** CPUs that sleep, as a bitmap: nothing is forwarded to them. */
  asleep = 0;
  /** GICD_IROUTER of each SPI: bits [31:0], then bits [63:32]. */
  private readonly routers = new Uint32Array(2 * SPIS);

  constructor(cpus: number) {
    super(cpus, PRIORITY_MASK);
    this.routeAll();
  }

  override candidates(cpu: number, n: number): number {
    return (this.asleep & (1 << cpu)) !== 0 ? 0 : super.candidates(cpu, n);
  }

  /** A half of GICD_IROUTER of an SPI (INTID - 32); 1 is bits [63:32]. */
  router(spi: number, half: 0 | 1): number {
    return this.routers[2 * spi + half];
  }
  setRouter(spi: number, half: 0 | 1, value: number): void {
    this.routers[2 * spi + half] = value & (half === 0 ? AFF210_MASK : AFF3_MASK);
    this.route(spi);
  }

  /** An affinity that no CPU has leaves the SPI without a target. */
  private route(spi: number): void {
    const affinity = this.routers[2 * spi];
    this.setTargets(spi, this.routers[2 * spi + 1] === 0 && affinity < this.cpus ? 1 << affinity : 0);
  }
  private routeAll(): void {
    for (let spi = 0; spi < SPIS; spi++) this.route(spi);
  }

  override state(): Gicv3InterruptsState {
    return { ...super.state(), routers: Array.from(this.routers), asleep: this.asleep };
  }

  override load(state: Gicv3InterruptsState): void {
    super.load(state);
    this.asleep = state.asleep;
    this.routers.set(state.routers);
    this.routeAll();
  }
}
