/** Each control of SCTLR_EL1 on a whole machine: what it lets through, and the exact syndrome of what it does not. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { type Assembler, SP } from '../cpu/engine/assembler.ts';
import { DATA, EL1_CODE, ENGINES, enableInterrupts, enterEl1, Guest, HCR_RW, off, TIMER_VIRT } from './guest.ts';
import { EL0, entryFor, LEAF, READ_ONLY, SCTLR_EL1_OFF, SCTLR_EL1_ON, stage1 } from './tables.ts';

const HCR_TGE = 1n << 27n;
const SPSR_EL0 = 0x3c0;
/** What ends a program to which nothing happened. */
const END = 0x77;
const PASSED = 0x5600_0000 + END;
const SVC_WORD = 0xd400_0001 + (END << 5);
const PERMISSION_L2 = 0x0e;
/** SCTLR_EL1 bits; the tests start with those that let EL0 do everything, and with no checks. */
const BITS = {
  A: 1,
  SA: 3,
  SA0: 4,
  UMA: 9,
  DZE: 14,
  UCT: 15,
  nTWI: 16,
  nTWE: 18,
  WXN: 19,
  E0E: 24,
  EE: 25,
  UCI: 26,
} as const;
const LENIENT = ['UMA', 'DZE', 'UCT', 'nTWI', 'nTWE', 'UCI'] as const;
const bit = (name: keyof typeof BITS): bigint => 1n << BigInt(BITS[name]);
const lenient = LENIENT.reduce((bits, name) => bits | bit(name), SCTLR_EL1_ON);

interface Row {
  readonly title: string;
  /** The bit that is not as the tests start. */
  readonly control: keyof typeof BITS;
  readonly els: readonly (0 | 1)[];
  /** X1 is DATA. */
  readonly emit: (a: Assembler) => void;
  /** ESR_EL1 of the exception that the changed control gives at EL1; at EL0 that of a Data Abort has another EC. */
  readonly esr: number;
}

/** An unaligned SP: EL0's own or that of the EL. */
const unalignedSp = (a: Assembler): Assembler => a.add(SP, 1, 8).ldr(3, SP, 8);
const trap = (op0: number, op1: number, crn: number, crm: number, op2: number, rt: number, read: 0 | 1): number =>
  0x6200_0000 + (op0 << 20) + (op2 << 17) + (op1 << 14) + (crn << 10) + (rt << 5) + (crm << 1) + read;
const ALIGNMENT = 0x9600_0021;
const ALIGNMENT_WRITE = ALIGNMENT + 0x40;
const SP_ALIGNMENT = 0x9a00_0000;

const row = (control: Row['control'], els: Row['els'], title: string, emit: Row['emit'], esr: number): Row => ({
  control,
  els,
  title,
  emit,
  esr,
});
const ROWS: readonly Row[] = [
  row('A', [0, 1], 'an unaligned load', (a) => a.add(2, 1, 1).ldr(3, 2), ALIGNMENT),
  row('A', [0, 1], 'an unaligned store of a halfword', (a) => a.add(2, 1, 7).str(3, 2, 0, 'h'), ALIGNMENT_WRITE),
  row('SA', [1], 'a load by an unaligned SP', unalignedSp, SP_ALIGNMENT),
  row('SA0', [0], 'a load by an unaligned SP', unalignedSp, SP_ALIGNMENT),
  row('UMA', [0], 'MRS DAIF', (a) => a.mrs(3, 'DAIF'), trap(3, 3, 4, 2, 1, 3, 1)),
  row('UMA', [0], 'MSR DAIF', (a) => a.msr('DAIF', 3), trap(3, 3, 4, 2, 1, 3, 0)),
  row('UMA', [0], 'MSR DAIFSet', (a) => a.daifset(2), trap(0, 3, 4, 2, 6, 31, 0)),
  row('UMA', [0], 'MSR DAIFClr', (a) => a.daifclr(15), trap(0, 3, 4, 15, 7, 31, 0)),
  row('UCT', [0], 'MRS CTR_EL0', (a) => a.mrs(5, 'CTR_EL0'), trap(3, 3, 0, 0, 1, 5, 1)),
  row('DZE', [0], 'DC ZVA', (a) => a.msr('DC ZVA', 1), trap(1, 3, 7, 4, 1, 1, 0)),
  row('UCI', [0], 'DC CVAU', (a) => a.msr('DC CVAU', 1), trap(1, 3, 7, 11, 1, 1, 0)),
  row('UCI', [0], 'DC CVAC', (a) => a.msr('DC CVAC', 1), trap(1, 3, 7, 10, 1, 1, 0)),
  row('UCI', [0], 'DC CIVAC', (a) => a.msr('DC CIVAC', 1), trap(1, 3, 7, 14, 1, 1, 0)),
  row('UCI', [0], 'IC IVAU', (a) => a.msr('IC IVAU', 1), trap(1, 3, 7, 5, 1, 1, 0)),
  row('nTWI', [0], 'WFI', (a) => a.wfi(), 0x07e0_0000),
  row('nTWE', [0], 'WFE without an event', (a) => a.wfe().wfe(), 0x07e0_0001),
];
const CASES = ROWS.flatMap((r) => r.els.map((el) => ({ ...r, el })));

/** Data Aborts of EL0 have the EC before that of EL1's. */
const DATA_ABORT_SAME = 0x25;
const esrAt = (esr: number, el: 0 | 1): number => (el === 0 && esr >>> 26 === DATA_ABORT_SAME ? esr - 0x400_0000 : esr);

/** A program at EL0 or EL1 with a value of SCTLR_EL1; returns the first syndrome that comes to EL1, or to EL2 under TGE. */
function firstSyndrome(engine: EngineMode, el: 0 | 1, sctlr: bigint, emit: Row['emit'], tge = false): string {
  const guest = new Guest(engine);
  const handler = (level: 1 | 2) => (a: Assembler) => void off(a.mrs(10, `ESR_EL${level}`));
  guest.el2(
    (a) => {
      const root = stage1(guest, a);
      // Both ELs may execute the code and write the data.
      const code = entryFor(guest, root, EL1_CODE, 2);
      guest.setWord(code, guest.word(code) | EL0 | READ_ONLY);
      guest.setWord(entryFor(guest, root, DATA, 2), BigInt(DATA) | LEAF | EL0);
      // What waits is woken by a timer, masked as it is.
      enableInterrupts(a, [TIMER_VIRT], 1);
      a.mrs(1, 'CNTVCT_EL0').add(1, 1, 1000).msr('CNTV_CVAL_EL0', 1).msrConst('CNTV_CTL_EL0', 1);
      a.msrConst('SCTLR_EL1', sctlr)
        .msrConst('HCR_EL2', HCR_RW | (tge ? HCR_TGE : 0n))
        .mov(1, DATA);
      enterEl1(a, EL1_CODE, el === 0 ? SPSR_EL0 : undefined);
    },
    { lowerSync: handler(2) },
  );
  guest.el1(emit, { sameSync: handler(1), lowerSync: handler(1) });
  guest.run();
  return guest.x(10).toString(16);
}
const thenCall = (emit: Row['emit']) => (a: Assembler) => {
  emit(a);
  a.svc(END);
};

describe.each(ENGINES)('SCTLR_EL1, %s', (engine) => {
  it.each(CASES)('$control: $title at EL$el', ({ control, el, emit, esr }) => {
    const changed = firstSyndrome(engine, el, lenient ^ bit(control), thenCall(emit));
    const unchanged = firstSyndrome(engine, el, lenient, thenCall(emit));
    expect([changed, unchanged]).toEqual([esrAt(esr, el).toString(16), PASSED.toString(16)]);
  });

  it.each(CASES.filter(({ control }) => LENIENT.some((name) => name === control)))(
    '$control: $title goes to EL2 with HCR_EL2.TGE',
    ({ control, emit, esr }) => {
      expect(firstSyndrome(engine, 0, lenient ^ bit(control), thenCall(emit), true)).toBe(esr.toString(16));
    },
  );

  it('WXN: what may be written may not be executed', () => {
    const jump = (a: Assembler): void => void a.mov(2, SVC_WORD).str(2, 1, 0, 'w').br(1);
    expect(firstSyndrome(engine, 0, lenient, jump)).toBe(PASSED.toString(16));
    expect(firstSyndrome(engine, 0, lenient | bit('WXN'), jump)).toBe((0x8200_0000 + PERMISSION_L2).toString(16));
  });

  it('E0E and EE: the byte order of data, at EL0 and EL1', () => {
    const orders = [0n, bit('E0E'), bit('EE')].flatMap((order) =>
      ([0, 1] as const).map((el) => {
        const guest = new Guest(engine);
        guest.el2((a) => {
          a.msrConst('SCTLR_EL1', SCTLR_EL1_OFF | order).mov(1, DATA);
          enterEl1(a, EL1_CODE, el === 0 ? SPSR_EL0 : undefined);
        });
        const end = (a: Assembler): void => void off(a);
        guest.el1((a) => a.mov(2, 0x1122_3344).str(2, 1).ldr(3, 1, 4, 'w').svc(), { sameSync: end, lowerSync: end });
        guest.run();
        return [guest.word(DATA), guest.x(3)];
      }),
    );
    const [little, big] = [
      [0x1122_3344n, 0n],
      [0x4433_2211_0000_0000n, 0x1122_3344n],
    ];
    expect(orders).toEqual([little, little, big, little, little, big]);
  });
});
