/** The state of all interrupts as the distributor holds it, in bitmaps (IHI 0048B, "Interrupt handling state machine"). */

import { FIRST_SPI, INTIDS, WORDS } from './intid.ts';

export interface InterruptsState {
  readonly cpus: number;
  readonly forwarded: number;
  readonly latch: number[];
  readonly line: number[];
  readonly edge: number[];
  readonly enabled: number[];
  readonly active: number[];
  readonly group: number[];
  readonly priority: number[];
}

/** The SGIs in the first word of a CPU. */
export const SGI_MASK = 0xffff;

/**
 * Bitmaps of 32 INTIDs a word: first the SGIs and PPIs of each CPU, then the SPIs; `wordAt` finds the word. Whoever
 * changes a bitmap says so with `changed` or `changedAll`. Which CPUs an SPI targets is for each architecture version to say.
 */
export class Interrupts {
  /** Pending by a rising edge, a register write or an SGI, until acknowledged or cleared. */
  readonly latch: Uint32Array;
  /** Levels of the input lines. */
  readonly line: Uint32Array;
  /** Edge-triggered; the others are level-sensitive, pending while their line is high. */
  readonly edge: Uint32Array;
  readonly enabled: Uint32Array;
  readonly active: Uint32Array;
  /** Set in Group 1. */
  readonly group: Uint32Array;
  /** A byte an INTID, in the order of the bitmaps. */
  readonly priority: Uint8Array;
  /** Groups that go to the CPU interfaces: bit 0 for Group 0, bit 1 for Group 1. */
  forwarded = 0;
  /** Told which CPU interfaces, as a bitmap, must look again at what is pending. */
  onChange: (cpus: number) => void = () => {};
  /** All CPUs as a bitmap. */
  readonly everyCpu: number;
  private readonly targets: Uint8Array;
  /** SPIs by target CPU: the bitmaps that `targets` implies. */
  private readonly targeted: Uint32Array;

  /** `priorityMask`: priority bits implemented, the top ones of a byte. */
  constructor(
    readonly cpus: number,
    readonly priorityMask: number,
  ) {
    const words = cpus + WORDS - 1;
    this.latch = new Uint32Array(words);
    this.line = new Uint32Array(words);
    this.edge = new Uint32Array(words);
    this.enabled = new Uint32Array(words);
    this.active = new Uint32Array(words);
    this.group = new Uint32Array(words);
    this.priority = new Uint8Array(words * 32);
    this.targets = new Uint8Array(INTIDS - FIRST_SPI);
    this.targeted = new Uint32Array(cpus * WORDS);
    this.everyCpu = (1 << cpus) - 1;
    this.edge.fill(SGI_MASK, 0, cpus);
  }

  /** Index of the word of the bitmaps that holds INTIDs 32n to 32n + 31, as `cpu` sees them. */
  wordAt(cpu: number, n: number): number {
    return n === 0 ? cpu : this.cpus - 1 + n;
  }

  /** Pending INTIDs of a word, active ones included. */
  pending(word: number): number {
    return this.latch[word] | (this.line[word] & ~this.edge[word]);
  }

  /** INTIDs 32n to 32n + 31 that are offered to a CPU: pending, enabled, not active, targeting it, their group on. */
  candidates(cpu: number, n: number): number {
    const word = this.wordAt(cpu, n);
    const pending = this.pending(word);
    if (pending === 0) return 0;
    const targeted = n === 0 ? -1 : this.targeted[cpu * WORDS + n];
    const group = this.group[word];
    const forwarded = ((this.forwarded & 1) !== 0 ? ~group : 0) | ((this.forwarded & 2) !== 0 ? group : 0);
    return pending & this.enabled[word] & ~this.active[word] & targeted & forwarded;
  }

  /** Sets the level of an input line: a PPI of `cpu`, or an SPI, for which any `cpu` will do. */
  setLine(cpu: number, intid: number, level: boolean): void {
    const word = this.wordAt(cpu, intid >>> 5);
    const bit = 1 << (intid & 31);
    if (((this.line[word] & bit) !== 0) === level) return;
    if (level) {
      this.line[word] |= bit;
      this.latch[word] |= this.edge[word] & bit;
    } else {
      this.line[word] &= ~bit;
    }
    this.changed(cpu, intid);
  }

  /** Acknowledges a pending interrupt: active, no longer latched. */
  activate(cpu: number, intid: number): void {
    this.active[this.wordAt(cpu, intid >>> 5)] |= 1 << (intid & 31);
    this.unlatch(cpu, intid);
    this.changed(cpu, intid);
  }
  protected unlatch(cpu: number, intid: number): void {
    this.latch[this.wordAt(cpu, intid >>> 5)] &= ~(1 << (intid & 31));
  }

  deactivate(cpu: number, intid: number): void {
    this.active[this.wordAt(cpu, intid >>> 5)] &= ~(1 << (intid & 31));
    this.changed(cpu, intid);
  }

  /** CPUs that an SPI (INTID - 32) targets, as a bitmap. */
  targetsOf(spi: number): number {
    return this.targets[spi];
  }

  setTargets(spi: number, cpus: number): void {
    this.targets[spi] = cpus & this.everyCpu;
    const word = (spi + FIRST_SPI) >>> 5;
    const bit = 1 << (spi & 31);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if ((cpus & (1 << cpu)) !== 0) this.targeted[cpu * WORDS + word] |= bit;
      else this.targeted[cpu * WORDS + word] &= ~bit;
    }
  }

  /** Reports a change of one interrupt to `cpu`, which made it and need not be a target, and to its targets. */
  changed(cpu: number, intid: number): void {
    this.onChange((1 << cpu) | (intid < FIRST_SPI ? 0 : this.targets[intid - FIRST_SPI]));
  }
  changedAll(): void {
    this.onChange(this.everyCpu);
  }

  /** A copy of the state. */
  state(): InterruptsState {
    const { cpus, forwarded } = this;
    const copy = (name: 'latch' | 'line' | 'edge' | 'enabled' | 'active' | 'group') => Array.from(this[name]);
    return {
      cpus,
      forwarded,
      latch: copy('latch'),
      line: copy('line'),
      edge: copy('edge'),
      enabled: copy('enabled'),
      active: copy('active'),
      group: copy('group'),
      priority: Array.from(this.priority),
    };
  }

  /** Takes over a state of as many CPUs; reports nothing. */
  load(state: InterruptsState): void {
    this.forwarded = state.forwarded;
    for (const name of ['latch', 'line', 'edge', 'enabled', 'active', 'group', 'priority'] as const) {
      this[name].set(state[name]);
    }
  }
}
