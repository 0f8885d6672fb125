/** Programs that both engines run under breakpoints, watchpoints, software step and performance counters. */

import type { Assembler } from './assembler.ts';
import type { Program } from './world.ts';
import { CODE, DATA, EXCEPTIONS } from './world-memory.ts';

const ROUNDS = 40n;
const COUNTER = 20;
/** EL1h with interrupts masked, but not debug exceptions. */
const EL1H_DEBUG = 0x1c5;
/** EL1h with IRQs let in, debug exceptions masked. */
const EL1H_INTERRUPTS = 0x345;
/** Vectors of a program's own. */
const VECTORS = CODE + 0x800;
const MDE_KDE = 0xa000n;
const SS_KDE = 0x2001n;
const STEP_BIT = 1 << 21;
/** DBGBCR<n>_EL1 and DBGWCR<n>_EL1: EL1, enabled; a whole doubleword, loads and stores. */
const BREAKS_AT_EL1 = 0x1e3n;
const WATCHES_AT_EL1 = 0x1ffbn;
/** The page after the one that programs start on. */
const OTHER_PAGE = CODE + 0x1000;

const loop = (a: Assembler, body: () => void): void => {
  a.mov(COUNTER, ROUNDS);
  const top = a.place();
  body();
  a.subs(COUNTER, COUNTER, 1).bc('ne', top);
};

/** Counts exceptions in X28, and steps the next instruction. */
function stepVectors(a: Assembler): void {
  const start = a.label();
  a.b(start).org(VECTORS + 0x200);
  a.mrs(26, 'SPSR_EL1').mov(27, STEP_BIT).orr(26, 26, 27).msr('SPSR_EL1', 26).add(EXCEPTIONS, EXCEPTIONS, 1).eret();
  a.place(start);
}

export const DEBUG_PROGRAMS: readonly Program[] = [
  {
    name: 'a watchpoint in the middle of the data of a loop',
    pstate: EL1H_DEBUG,
    registers: { OSLAR_EL1: 0n, MDSCR_EL1: MDE_KDE, DBGWVR0_EL1: BigInt(DATA + 16), DBGWCR0_EL1: WATCHES_AT_EL1 },
    result: 2n * ROUNDS,
    code: (a) => {
      a.mov(1, DATA);
      loop(a, () => a.str(COUNTER, 1, 8).ldr(2, 1, 16).str(COUNTER, 1, 20, 'w').ldr(3, 1, 24).ldr(4, 1, 0x1010));
      a.movr(0, EXCEPTIONS);
    },
  },
  {
    name: 'a watchpoint that comes and goes',
    pstate: EL1H_DEBUG,
    registers: { OSLAR_EL1: 0n, MDSCR_EL1: MDE_KDE, DBGWVR0_EL1: BigInt(DATA + 16) },
    result: 3n * ROUNDS,
    code: (a) => {
      a.mov(1, DATA).mov(5, WATCHES_AT_EL1);
      loop(a, () => {
        a.ldr(2, 1, 16).msr('DBGWCR0_EL1', 5).ldr(2, 1, 16).str(2, 1, 16).ldr(2, 1, 17, 'b').ldr(2, 1, 8);
        a.msr('DBGWCR0_EL1', 31).ldr(2, 1, 16).str(2, 1, 16);
      });
      a.movr(0, EXCEPTIONS);
    },
  },
  {
    name: 'a breakpoint in a function on another page',
    pstate: EL1H_DEBUG,
    registers: { OSLAR_EL1: 0n, MDSCR_EL1: MDE_KDE, DBGBVR3_EL1: BigInt(OTHER_PAGE + 4), DBGBCR3_EL1: BREAKS_AT_EL1 },
    result: ROUNDS,
    code: (a) => {
      a.mov(1, OTHER_PAGE).mov(2, 0);
      loop(a, () => a.blr(1).add(3, 3, 1));
      a.movr(0, EXCEPTIONS).wfi().org(OTHER_PAGE);
      a.add(2, 2, 1).add(2, 2, 2).add(2, 2, 4).ret();
    },
  },
  {
    name: 'a breakpoint that the code before it sets',
    pstate: EL1H_DEBUG,
    registers: { OSLAR_EL1: 0n, MDSCR_EL1: MDE_KDE },
    result: 20n,
    code: (a) => {
      a.mov(5, BREAKS_AT_EL1).mov(6, 1);
      loop(a, () => {
        a.and(7, COUNTER, 6);
        const at = a.here + 28;
        a.mov(8, at).msr('DBGBVR0_EL1', 8);
        while (a.here < at - 12) a.nop();
        a.cmp(7, 0).csel(9, 5, 31, 'ne').msr('DBGBCR0_EL1', 9).add(2, 2, 1).msr('DBGBCR0_EL1', 31);
      });
      a.movr(0, EXCEPTIONS);
    },
  },
  {
    name: 'software step through a loop',
    pstate: 0x3c5,
    registers: { OSLAR_EL1: 0n, MDSCR_EL1: SS_KDE },
    // Before the first instruction, and after each but the one that masks.
    result: 3n + 7n * ROUNDS,
    code: (a) => {
      stepVectors(a);
      a.mov(8, VECTORS).msr('VBAR_EL1', 8).mov(1, DATA).mov(COUNTER, ROUNDS);
      a.daifclr(8);
      const top = a.place();
      a.ldr(2, 1, 8).add(2, 2, 1).str(2, 1, 8).mrs(3, 'TPIDR_EL1').add(3, 3, 1).subs(COUNTER, COUNTER, 1).bc('ne', top);
      a.nop().nop().daifset(8);
      a.movr(0, EXCEPTIONS);
    },
  },
  {
    name: 'counters across exceptions',
    pstate: 0x3c0,
    registers: {
      PMUSERENR_EL0: 0xfn,
      PMCNTENSET_EL0: 0x8000_001fn,
      /** EL0's instructions and cycles; exceptions; EL1's returns; a chain over counter 2. */
      PMEVTYPER0_EL0: 0x8000_0008n,
      PMEVTYPER1_EL0: 0x8000_0011n,
      PMEVTYPER2_EL0: 0x9n,
      PMEVTYPER3_EL0: 0x1en,
      PMEVTYPER4_EL0: 0x4000_000an,
      PMEVCNTR2_EL0: 0xffff_fff0n,
    },
    // Each round: five instructions that retire, SVC among them; a sixth is UNDEFINED.
    result: 1n + 5n * ROUNDS,
    code: (a) => {
      a.mov(1, DATA).mov(COUNTER, ROUNDS).mov(8, 1).msr('PMCR_EL0', 8);
      const top = a.place();
      a.svc(1).ldr(2, 1, 8).word(0).add(2, 2, 1).subs(COUNTER, COUNTER, 1).bc('ne', top).nop();
      a.mrs(0, 'PMEVCNTR0_EL0').mrs(3, 'PMEVCNTR1_EL0').mrs(4, 'PMEVCNTR2_EL0').mrs(5, 'PMEVCNTR3_EL0');
      a.mrs(6, 'PMEVCNTR4_EL0').mrs(7, 'PMCCNTR_EL0');
    },
  },
  {
    name: 'an overflow interrupt at its very instruction',
    pstate: EL1H_INTERRUPTS,
    registers: { PMCNTENSET_EL0: 1n, PMINTENSET_EL1: 1n, PMEVTYPER0_EL0: 8n, PMEVCNTR0_EL0: 0x1_0000_0000n - 101n },
    // After 101 instructions of a loop of four, which starts at 0x300 behind the vectors.
    result: BigInt(VECTORS + 0x300 + 4 * (101 % 4)) + (1n << 56n),
    code: (a) => {
      const start = a.label();
      a.b(start).org(VECTORS + 0x280);
      a.mrs(9, 'ELR_EL1')
        .mov(10, 1n << 56n)
        .addr(11, 11, 10)
        .mov(8, 1)
        .msr('PMOVSCLR_EL0', 8)
        .eret();
      a.place(start);
      a.mov(8, VECTORS).msr('VBAR_EL1', 8).mov(1, DATA).mov(COUNTER, ROUNDS).mov(8, 1);
      while (a.here < VECTORS + 0x2fc) a.nop();
      a.msr('PMCR_EL0', 8);
      const top = a.place();
      a.ldr(2, 1, 8).str(2, 1, 8).subs(COUNTER, COUNTER, 1).bc('ne', top);
      a.addr(0, 9, 11);
    },
  },
];
