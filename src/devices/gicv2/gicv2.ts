/** A GICv2 with virtualization: distributor, CPU interfaces and virtual interfaces put together (IHI 0048B; GIC-400). */

import type { Device } from '../bus.ts';
import type { CpuInterfaceState } from '../gic/cpu-interface.ts';
import { FIRST_SPI, INTIDS, MAINTENANCE_INTID, MAX_CPUS, SGIS } from '../gic/intid.ts';
import type { ListRegistersState } from '../gic/list-registers.ts';
import { Gicv2CpuInterface, PHYSICAL, VIRTUAL } from './cpu-interface.ts';
import { CpuInterfaceRegisters } from './cpu-interface-registers.ts';
import { Distributor } from './distributor.ts';
import { Gicv2Forwarding } from './forwarding.ts';
import { HypervisorRegisters } from './hypervisor-registers.ts';
import { Gicv2Interrupts, type Gicv2InterruptsState } from './interrupts.ts';
import { Gicv2ListRegisters } from './list-registers.ts';

/** What the GIC drives. Lines are low at first; each call reports a change of a level. */
export interface Gicv2Ports {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  /** Virtual interrupts, which the CPU takes when HCR_EL2.IMO or FMO lets it. */
  virq(cpu: number, level: boolean): void;
  vfiq(cpu: number, level: boolean): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** The whole state, plain JSON. */
export interface Gicv2State {
  readonly interrupts: Gicv2InterruptsState;
  readonly physical: CpuInterfaceState[];
  readonly virtual: CpuInterfaceState[];
  readonly listRegisters: ListRegistersState[];
}

/** One interrupt controller: a single security state, INTIDs 0 to 287, four list registers a CPU. */
export class Gicv2 {
  /** GICD, 4 KiB. */
  readonly distributor: Device;
  /** GICC, 8 KiB. */
  readonly cpuInterface: Device;
  /** GICH, 4 KiB. */
  readonly hypervisor: Device;
  /** GICV, 8 KiB. */
  readonly virtualCpuInterface: Device;
  private readonly interrupts: Gicv2Interrupts;
  private readonly physical: Gicv2CpuInterface[] = [];
  private readonly virtual: Gicv2CpuInterface[] = [];
  private readonly lists: Gicv2ListRegisters[] = [];

  /** `cpus`: number of CPU interfaces, 1 to 8. Throws RangeError on another number. */
  constructor(
    readonly cpus: number,
    private readonly ports: Gicv2Ports,
  ) {
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) throw new RangeError(`a GICv2 has no ${cpus} CPUs`);
    this.interrupts = new Gicv2Interrupts(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) this.addCpu(cpu);
    this.interrupts.onChange = (mask) => {
      for (let cpu = 0; cpu < cpus; cpu++) if ((mask & (1 << cpu)) !== 0) this.physical[cpu].update();
    };
    const onGuestError = (text: string): void => ports.onGuestError(text);
    const interfaces = this.lists.map((list, cpu) => ({ list, cpu: this.virtual[cpu] }));
    this.distributor = new Distributor(this.interrupts, onGuestError);
    this.cpuInterface = new CpuInterfaceRegisters('gicc', this.physical, onGuestError);
    this.hypervisor = new HypervisorRegisters(interfaces, onGuestError);
    this.virtualCpuInterface = new CpuInterfaceRegisters('gicv', this.virtual, onGuestError);
  }

  private addCpu(cpu: number): void {
    const { interrupts, ports } = this;
    const physical = new Gicv2CpuInterface(new Gicv2Forwarding(interrupts, cpu), PHYSICAL, {
      irq: (level) => ports.irq(cpu, level),
      fiq: (level) => ports.fiq(cpu, level),
    });
    const list = new Gicv2ListRegisters({
      changed: () => this.virtual[cpu].update(),
      deactivate: (intid) => interrupts.deactivate(cpu, intid),
      maintenance: (level) => interrupts.setLine(cpu, MAINTENANCE_INTID, level),
    });
    const virtual = new Gicv2CpuInterface(list, VIRTUAL, {
      irq: (level) => ports.virq(cpu, level),
      fiq: (level) => ports.vfiq(cpu, level),
    });
    this.physical.push(physical);
    this.virtual.push(virtual);
    this.lists.push(list);
  }

  /** Sets the level of a shared peripheral interrupt's line; `spi` is INTID - 32, 0 to 255. */
  setSpi(spi: number, level: boolean): void {
    const intid = spi + FIRST_SPI;
    if (!(intid >= FIRST_SPI && intid < INTIDS)) throw new RangeError(`SPI ${spi} does not exist`);
    this.interrupts.setLine(0, intid, level);
  }

  /** Sets the level of a private peripheral interrupt's line of one CPU; `ppi` is INTID - 16, 0 to 15. */
  setPpi(cpu: number, ppi: number, level: boolean): void {
    const intid = ppi + SGIS;
    if (!(intid >= SGIS && intid < FIRST_SPI)) throw new RangeError(`PPI ${ppi} does not exist`);
    this.interrupts.setLine(cpu, intid, level);
  }

  /** The state after power-on; the levels of the input lines, which others drive, remain. */
  reset(): void {
    const fresh = new Gicv2(this.cpus, this.ports).state();
    this.load({ ...fresh, interrupts: { ...fresh.interrupts, line: this.interrupts.state().line } });
  }

  /** A copy of the state. */
  state(): Gicv2State {
    return {
      interrupts: this.interrupts.state(),
      physical: this.physical.map((each) => each.state()),
      virtual: this.virtual.map((each) => each.state()),
      listRegisters: this.lists.map((each) => each.state()),
    };
  }

  /** Makes a GIC from a `state()`; drives the lines that are high. */
  static fromState(state: Gicv2State, ports: Gicv2Ports): Gicv2 {
    const gic = new Gicv2(state.interrupts.cpus, ports);
    gic.load(state);
    return gic;
  }

  private load(state: Gicv2State): void {
    this.interrupts.load(state.interrupts);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      this.physical[cpu].load(state.physical[cpu]);
      this.lists[cpu].load(state.listRegisters[cpu]);
      this.virtual[cpu].load(state.virtual[cpu]);
    }
    for (const each of [...this.physical, ...this.virtual]) each.update();
  }
}
