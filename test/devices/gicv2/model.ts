/** A slow GICv2 without virtualization, one object an interrupt, written after the rules of IHI 0048B, chapter 3. */

interface Interrupt {
  intid: number;
  latch: boolean;
  line: boolean;
  edge: boolean;
  enabled: boolean;
  active: boolean;
  group: number;
  priority: number;
  targets: Set<number>;
  sources: Set<number>;
}

interface Interface {
  ctlr: number;
  pmr: number;
  bpr: number;
  abpr: number;
  /** Group priorities of interrupts that have not ended. */
  running: number[];
}

const MODEL_INTIDS = 288;

export class ModelGic {
  forwarded = 0;
  readonly interfaces: Interface[];
  private readonly own: Interrupt[][];
  private readonly shared: Interrupt[];

  constructor(readonly cpus: number) {
    const make = (intid: number): Interrupt => ({
      intid,
      latch: false,
      line: false,
      edge: intid < 16,
      enabled: intid < 16,
      active: false,
      group: 0,
      priority: 0,
      targets: new Set(cpus === 1 ? [0] : []),
      sources: new Set(),
    });
    const each = Array.from({ length: cpus }, (_, cpu) => cpu);
    this.own = each.map(() => Array.from({ length: 32 }, (_, intid) => make(intid)));
    this.shared = Array.from({ length: MODEL_INTIDS - 32 }, (_, spi) => make(spi + 32));
    this.interfaces = each.map(() => ({ ctlr: 0, pmr: 0, bpr: 0, abpr: 1, running: [] }));
  }

  at(cpu: number, intid: number): Interrupt {
    return intid < 32 ? this.own[cpu][intid] : this.shared[intid - 32];
  }

  pending(i: Interrupt): boolean {
    return i.intid < 16 ? i.sources.size > 0 : i.latch || (!i.edge && i.line);
  }

  setLine(cpu: number, intid: number, level: boolean): void {
    const i = this.at(cpu, intid);
    if (i.edge && level && !i.line) i.latch = true;
    i.line = level;
  }

  sgi(from: number, filter: number, list: number, intid: number): void {
    for (let to = 0; to < this.cpus; to++) {
      const chosen = [(list & (1 << to)) !== 0, to !== from, to === from][filter];
      if (chosen) this.at(to, intid).sources.add(from);
    }
  }

  /** The highest-priority pending interrupt of a CPU. */
  private highest(cpu: number): Interrupt | undefined {
    return [...this.own[cpu], ...this.shared]
      .filter((i) => this.pending(i) && i.enabled && !i.active && (this.forwarded & (1 << i.group)) !== 0)
      .filter((i) => i.intid < 32 || i.targets.has(cpu))
      .sort((a, b) => a.priority - b.priority || a.intid - b.intid)[0];
  }

  /** A priority without the bits below the binary point that holds for a group. */
  private grouped(cpu: number, priority: number, group: number): number {
    const { ctlr, bpr, abpr } = this.interfaces[cpu];
    const point = group === 1 && (ctlr & 0x10) === 0 ? abpr - 1 : bpr;
    const unit = 2 ** (point + 1);
    return Math.floor(priority / unit) * unit;
  }

  running(cpu: number): number {
    return Math.min(0xff, ...this.interfaces[cpu].running);
  }

  /** The interrupt that is signalled to a CPU. */
  private signalled(cpu: number): Interrupt | undefined {
    const { ctlr, pmr, running } = this.interfaces[cpu];
    const i = this.highest(cpu);
    if (i === undefined || (ctlr & (1 << i.group)) === 0 || i.priority >= pmr) return undefined;
    const preempts = running.every((r) => this.grouped(cpu, i.priority, i.group) < this.grouped(cpu, r, i.group));
    return preempts ? i : undefined;
  }

  lines(cpu: number): { irq: boolean; fiq: boolean } {
    const i = this.signalled(cpu);
    const fiq = i?.group === 0 && (this.interfaces[cpu].ctlr & 8) !== 0;
    return { irq: i !== undefined && !fiq, fiq };
  }

  private value(i: Interrupt): number {
    return i.intid < 16 ? i.intid + 1024 * Math.min(...i.sources) : i.intid;
  }

  /** What an access of Group 0, or of Group 1 by the aliased registers, may see of an interrupt. */
  private visible(cpu: number, i: Interrupt | undefined, aliased: boolean): number {
    if (i === undefined || (aliased && i.group === 0)) return 1023;
    return i.group === 1 && !aliased && (this.interfaces[cpu].ctlr & 4) === 0 ? 1022 : this.value(i);
  }

  acknowledge(cpu: number, aliased: boolean): number {
    const i = this.signalled(cpu);
    const value = this.visible(cpu, i, aliased);
    if (i === undefined || value === 1022 || value === 1023) return value;
    this.interfaces[cpu].running.push(this.grouped(cpu, i.priority, i.group));
    i.active = true;
    i.latch = false;
    if (i.intid < 16) i.sources.delete(Math.min(...i.sources));
    return value;
  }

  highestPending(cpu: number, aliased: boolean): number {
    const i = this.highest(cpu);
    const enabled = i !== undefined && (this.interfaces[cpu].ctlr & (1 << i.group)) !== 0;
    return this.visible(cpu, enabled ? i : undefined, aliased);
  }

  end(cpu: number, intid: number): void {
    const { running, ctlr } = this.interfaces[cpu];
    if (intid >= MODEL_INTIDS) return;
    const idle = running.length === 0;
    const most = Math.min(...running);
    this.interfaces[cpu].running = running.filter((r) => r !== most);
    if ((ctlr & 0x200) === 0 && !idle) this.at(cpu, intid).active = false;
  }

  deactivate(cpu: number, intid: number): void {
    if ((this.interfaces[cpu].ctlr & 0x200) !== 0 && intid < MODEL_INTIDS) this.at(cpu, intid).active = false;
  }
}
