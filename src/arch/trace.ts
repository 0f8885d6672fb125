/** Trace points: what the emulator can report, as typed events; a category that is off costs one test. */

/** Categories that can be asked for, each a bit of `Trace.mask`. */
export const CATEGORIES = {
  in_asm: 1 << 0,
  exec: 1 << 1,
  int: 1 << 2,
  cpu: 1 << 3,
  mmu: 1 << 4,
  tlb: 1 << 5,
  s2fault: 1 << 6,
  sysreg: 1 << 7,
  mmio: 1 << 8,
  hyp: 1 << 9,
  unimp: 1 << 10,
  guest_errors: 1 << 11,
  bbm: 1 << 12,
} as const;
export type Category = keyof typeof CATEGORIES;

/** One decoded instruction of a block. */
export interface TracedInstruction {
  /** VA of the instruction. */
  va: bigint;
  word: number;
}

/** One step of a table walk. All addresses in bytes. */
export interface WalkStepEvent {
  category: 'mmu';
  type: 'step';
  stage: 1 | 2;
  level: number;
  /** Log2 of the translation granule in bytes: 12, 14 or 16. */
  granuleShift: number;
  /** Address of the table, in the space of `descriptorAddress`; the index is their difference divided by 8. */
  tableAddress: number;
  /** Address of the descriptor: a PA, or for a stage-1 table under stage 2 the IPA before its own translation. */
  descriptorAddress: number;
  descriptorSpace: 'PA' | 'IPA';
  descriptorHi: number;
  descriptorLo: number;
  kind: 'table' | 'block' | 'page' | 'invalid';
}

/** One of the two translations of a break-before-make violation; the level of a stage that took no part is absent. */
export interface BbmTranslation {
  pa: number;
  attributes: string;
  level1: number | undefined;
  level2: number | undefined;
}

/** Every event carries the CPU and its EL; the sink adds time, VM and symbols. */
export type TraceEvent =
  | { category: 'in_asm'; type: 'block'; instructions: TracedInstruction[] }
  | { category: 'exec'; type: 'block'; va: bigint; pa: number; count: number }
  | { category: 'cpu'; type: 'registers' }
  | {
      category: 'int';
      type: 'exception';
      number: number;
      name: string;
      fromEl: number;
      toEl: number;
      /** Undefined for interrupts, which leave ESR_ELx alone. */
      esr: number | undefined;
      far: bigint | undefined;
      elr: bigint;
      targetPc: bigint;
      pstate: number;
      routing: string;
    }
  | { category: 'int'; type: 'return'; fromEl: number; toEl: number; pc: bigint }
  | {
      category: 'mmu';
      type: 'walk';
      va: bigint;
      regime: string;
      access: 'read' | 'write' | 'execute';
      /** Whether the permissions of EL0 count. */
      unprivileged: boolean;
      asid: number;
      vmid: number;
    }
  | WalkStepEvent
  | {
      category: 'mmu';
      type: 'result';
      va: bigint;
      ok: boolean;
      ipa: number | undefined;
      pa: number | undefined;
      attributes: string;
      fault: string | undefined;
    }
  | {
      category: 'tlb';
      type: 'fill' | 'evict';
      regime: string;
      /** First address of the range, in bytes: an IPA in entries of stage 2 alone. */
      space: 'VA' | 'IPA';
      address: bigint;
      pa: number;
      bytes: number;
      asid: number | 'global';
      vmid: number;
    }
  | {
      category: 'tlb';
      type: 'invalidate';
      operation: string;
      asid: number | undefined;
      vmid: number | undefined;
      address: bigint | undefined;
      dropped: number;
    }
  | {
      category: 'bbm';
      type: 'violation';
      /** What the TLB entry and the tables disagree about. */
      what: string;
      regime: string;
      /** An address that both translate: an IPA in entries of stage 2 alone. */
      space: 'VA' | 'IPA';
      address: bigint;
      asid: number | 'global';
      vmid: number;
      /** What the entry says, and what the tables say: PA of the address, memory type, leaf levels of both stages. */
      cached: BbmTranslation;
      found: BbmTranslation;
    }
  | {
      category: 's2fault';
      type: 'fault';
      vm: string;
      ipa: number;
      access: 'read' | 'write' | 'execute';
      kind: string;
      level: number;
      action: string;
    }
  | { category: 'sysreg'; type: 'read' | 'write'; name: string; value: bigint; el: number; pc: bigint }
  | {
      category: 'mmio';
      type: 'read' | 'write';
      device: string;
      pa: number;
      offset: number;
      size: number;
      value: number;
    }
  | { category: 'hyp'; type: 'exit' | 'entry' | 'note'; vm: string; vcpu: number; text: string }
  | { category: 'unimp' | 'guest_errors'; type: 'message'; text: string };

/** Where events go. Below the debugger nobody formats: events are values. */
export class Trace {
  /** Bits of the categories that are on. */
  mask = 0;
  /** Receives each event of a category that is on, with the index of the CPU it happened on. */
  sink: (cpu: number, event: TraceEvent) => void = () => {};

  /** Whether a category is on; test it before you build an event. */
  on(bit: number): boolean {
    return (this.mask & bit) !== 0;
  }
}
