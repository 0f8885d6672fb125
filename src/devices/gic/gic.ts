/** What every GIC is put together from: interrupts, CPU interfaces and list registers; its lines and its state. */

import type { CpuInterface, CpuInterfaceState, InterruptLines, InterruptSource } from './cpu-interface.ts';
import type { Interrupts, InterruptsState } from './interrupts.ts';
import { FIRST_SPI, INTIDS, MAINTENANCE_INTID, MAX_CPUS, SGIS } from './intid.ts';
import type { ListRegisterPorts, ListRegisters, ListRegistersState } from './list-registers.ts';

/** What a GIC drives. Lines are low at first; each call reports a change of a level. */
export interface GicPorts {
  irq(cpu: number, level: boolean): void;
  fiq(cpu: number, level: boolean): void;
  /** Virtual interrupts, which the CPU takes when HCR_EL2.IMO or FMO lets it. */
  virq(cpu: number, level: boolean): void;
  vfiq(cpu: number, level: boolean): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** The whole state, plain JSON. */
export interface GicState {
  readonly interrupts: InterruptsState;
  readonly physical: CpuInterfaceState[];
  readonly virtual: CpuInterfaceState[];
  readonly listRegisters: ListRegistersState[];
}

/** How an architecture version makes its parts. */
export interface GicMakers<
  Kind extends Interrupts,
  Physical extends CpuInterface,
  Virtual extends CpuInterface,
  List extends ListRegisters,
> {
  interrupts(cpus: number): Kind;
  source(interrupts: Kind, cpu: number): InterruptSource;
  physical(source: InterruptSource, lines: InterruptLines): Physical;
  list(ports: ListRegisterPorts): List;
  virtual(list: List, lines: InterruptLines): Virtual;
}

/** One interrupt controller: a single security state, INTIDs 0 to 287. */
export abstract class Gic<
  Kind extends Interrupts = Interrupts,
  Physical extends CpuInterface = CpuInterface,
  Virtual extends CpuInterface = CpuInterface,
  List extends ListRegisters = ListRegisters,
> {
  protected readonly interrupts: Kind;
  protected readonly physical: Physical[] = [];
  protected readonly virtual: Virtual[] = [];
  protected readonly lists: List[] = [];
  private readonly initial: GicState;

  /** `cpus`: number of CPU interfaces, 1 to 8. Throws RangeError on another number. */
  constructor(
    readonly cpus: number,
    protected readonly ports: GicPorts,
    make: GicMakers<Kind, Physical, Virtual, List>,
  ) {
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) throw new RangeError(`a GIC has no ${cpus} CPUs`);
    this.interrupts = make.interrupts(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) this.addCpu(cpu, make);
    this.interrupts.onChange = (mask) => {
      for (let cpu = 0; cpu < cpus; cpu++) if ((mask & (1 << cpu)) !== 0) this.physical[cpu].update();
    };
    this.initial = this.state();
  }

  private addCpu(cpu: number, make: GicMakers<Kind, Physical, Virtual, List>): void {
    const { interrupts, ports } = this;
    const physical = make.physical(make.source(interrupts, cpu), {
      irq: (level) => ports.irq(cpu, level),
      fiq: (level) => ports.fiq(cpu, level),
    });
    const list = make.list({
      changed: () => this.virtual[cpu].update(),
      deactivate: (intid) => interrupts.deactivate(cpu, intid),
      maintenance: (level) => interrupts.setLine(cpu, MAINTENANCE_INTID, level),
    });
    const virtual = make.virtual(list, {
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
    const { initial } = this;
    this.load({ ...initial, interrupts: { ...initial.interrupts, line: this.interrupts.state().line } });
  }

  /** A copy of the state. */
  state(): GicState {
    return {
      interrupts: this.interrupts.state(),
      physical: this.physical.map((each) => each.state()),
      virtual: this.virtual.map((each) => each.state()),
      listRegisters: this.lists.map((each) => each.state()),
    };
  }

  /** Takes over the state of a GIC of the same kind and size; drives the lines. */
  load(state: GicState): void {
    this.interrupts.load(state.interrupts);
    for (let cpu = 0; cpu < this.cpus; cpu++) this.loadCpu(cpu, state);
    for (const each of [...this.physical, ...this.virtual]) each.update();
  }

  /** The interfaces of one CPU as after power-on. */
  protected resetCpu(cpu: number): void {
    this.loadCpu(cpu, this.initial);
    this.physical[cpu].update();
    this.virtual[cpu].update();
  }

  private loadCpu(cpu: number, state: GicState): void {
    this.physical[cpu].load(state.physical[cpu]);
    this.lists[cpu].load(state.listRegisters[cpu]);
    this.virtual[cpu].load(state.virtual[cpu]);
  }
}
