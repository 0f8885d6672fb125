/** The IR of A64 instructions where the flags of the code or a choice of the manual decide what it is. */

import { describe, expect, it } from 'vitest';
import { decodeA64 } from '../../../src/cpu/a64/rows.ts';
import type { CodeFlags } from '../../../src/cpu/code-flags.ts';
import { mrsWord as mrs, msrWord as msr } from '../system/words.ts';
import { emit, FLAGS, listing } from './emit.ts';

/** The ops of a word under flags that differ from `FLAGS` as told. */
function ops(word: number, flags: Partial<CodeFlags> = {}, va?: number): string[] {
  const row = decodeA64(word);
  if (row === undefined) throw new Error(`${word.toString(16)} is unallocated`);
  return listing(emit(row, word, { ...FLAGS, ...flags }, va));
}

describe('stack pointer', () => {
  const ADD_SP = 0x9100_43ff;
  it.each([
    [0, 0, 'SP_EL0'],
    [1, 0, 'SP_EL0'],
    [1, 1, 'SP_EL1'],
    [2, 0, 'SP_EL0'],
    [2, 1, 'SP_EL2'],
  ] as const)('at EL%i with SPSel %i is %s', (el, spsel, sp) => {
    expect(ops(ADD_SP, { el, spsel })).toEqual([`add64 ${sp}, ${sp}, 0x10`]);
  });

  it('is checked first where it is a base, and only there', () => {
    const LDR_SP = 0xf940_0be0;
    const LDR_X1 = 0xf940_0820;
    const PRFM_SP = 0xf980_03e0;
    expect(ops(LDR_SP, { checkSp: true })).toEqual(['sp_aligned SP_EL1', 'ld64 X0, SP_EL1, 0x10']);
    expect(ops(LDR_X1, { checkSp: true })).toEqual(['ld64 X0, X1, 0x10']);
    expect(ops(PRFM_SP, { checkSp: true })).toEqual([]);
  });
});

describe('alignment', () => {
  const LDR = 0xf940_0820;
  const LDRB = 0x3940_0020;
  const STP = 0xa901_0440;
  const LDXR = 0xc85f_7c20;
  it('of ordinary accesses is checked when asked for', () => {
    expect(ops(LDR, { checkAlignment: true })).toEqual(['align_read8 X1, 0x10', 'ld64 X0, X1, 0x10']);
    expect(ops(LDRB, { checkAlignment: true })).toEqual(['ld8 X0, X1, 0x0']);
    expect(ops(STP, { checkAlignment: true })).toEqual([
      'align_write8 X2, 0x10',
      'st64 X2, X0, 0x10',
      'st64 X2, X1, 0x18',
    ]);
  });

  it('of exclusives is always checked', () => {
    expect(ops(LDXR)).toEqual(['align_read8 X1, 0x0', 'ld64 T0, X1, 0x0', 'monitor_set X1, 0x8', 'mov64 X0, T0']);
  });
});

describe('unprivileged accesses', () => {
  const LDTR = 0xf840_0820;
  it.each([
    [0, 'ld64'],
    [1, 'ld64_unpriv'],
    [2, 'ld64_unpriv'],
  ] as const)('at EL%i are %s', (el, op) => {
    expect(ops(LDTR, { el })).toEqual([`${op} X0, X1, 0x0`]);
  });
});

describe('branches', () => {
  const BR_X1 = 0xd61f_0020;
  const BLR_X30 = 0xd63f_03c0;
  it.each([
    [0, true, false, false, undefined],
    [1, true, true, false, 'branch_target_tbi0'],
    [0, true, false, true, 'branch_target_tbi1'],
    [1, true, true, true, 'branch_target_tbi01'],
    [2, false, true, false, 'branch_target_el2'],
    [2, false, false, false, undefined],
    [2, true, true, true, 'branch_target_tbi01'],
  ] as const)('to a register at EL%i, two ranges %s, TBI0 %s, TBI1 %s: %s', (el, twoRanges, tbi0, tbi1, op) => {
    const expected = op === undefined ? ['goto_reg X1, 0x40000000'] : [`${op} T0, X1`, 'goto_reg T0, 0x40000000'];
    expect(ops(BR_X1, { el, twoRanges, tbi0, tbi1 })).toEqual(expected);
  });

  it('read the link register before they write it', () => {
    expect(ops(BLR_X30)).toEqual(['mov64 T0, X30', 'movi X30, 0x40000004', 'goto_reg T0, 0x40000000']);
  });

  it('reach back over more than 32 bits of address', () => {
    const B_BACK = 0x17ff_ffff;
    const kernel = -0x7fff_f800_0000;
    expect(ops(B_BACK, {}, kernel)).toEqual(['goto 0xffff800007fffffc']);
    expect(ops(0x9000_0001, {}, kernel + 0xffc)).toEqual(['movi X1, 0xffff800008000000']);
    expect(ops(0x5400_0000, {}, 0x1_0000_0000 - 4)).toEqual(['b_eq 0xfffffffc', 'goto 0x100000000']);
  });
});

describe('CONSTRAINED UNPREDICTABLE loads and stores', () => {
  it('keep the write-back of a base that is loaded', () => {
    expect(ops(0xf840_8421)).toEqual(['ld64 DISCARD, X1, 0x0', 'add64 X1, X1, 0x8']);
    expect(ops(0xa8c1_0821)).toEqual([
      'ld64 T0, X1, 0x0',
      'ld64 X2, X1, 0x8',
      'mov64 DISCARD, T0',
      'add64 X1, X1, 0x10',
    ]);
  });

  it('store the old value of a base that is written back', () => {
    expect(ops(0xf800_8c21)).toEqual(['st64 X1, X1, 0x8', 'add64 X1, X1, 0x8']);
  });

  it('keep the first of two values loaded into one register, the second when exclusive', () => {
    expect(ops(0xa940_0020)).toEqual(['ld64 T0, X1, 0x0', 'ld64 X0, X1, 0x8', 'mov64 X0, T0']);
    expect(ops(0x887f_0020).slice(-3)).toEqual(['shr64 T0, T0, 0x20', 'mov64 X0, T1', 'mov64 X0, T0']);
  });
});

describe('system instructions', () => {
  /** A handler's work, and that of one that leaves once it has written: the next instruction begins a block. */
  const handler = [expect.stringMatching(/^callout X0/)];
  const leaving = [...handler, expect.stringMatching(/^goto/)];

  const DC_ZVA = 0xd50b_7421;
  it('zero a block, after the checks where a control may trap it', () => {
    expect(ops(DC_ZVA)).toEqual(['zero_block X1']);
    expect(ops(DC_ZVA, { checkSystem: true })).toEqual([expect.stringMatching(/^callout X1/), 'zero_block X1']);
  });

  it('refuse to zero Device memory', () => {
    expect(ops(DC_ZVA, { device: true })).toEqual(['zva_alignment_fault X1']);
  });

  it('maintain caches by VA without a handler above EL0 where the VA is known', () => {
    const DC_CIVAC = 0xd50b_7e21;
    const IC_IVAU = 0xd50b_7521;
    const DC_IVAC = 0xd508_7621;
    const handler = [expect.stringMatching(/^callout X1/)];
    for (const word of [DC_CIVAC, IC_IVAU]) {
      expect(ops(word)).toEqual([expect.stringMatching(/^callout_if_unmapped X1/)]);
      expect(ops(word, { el: 0 })).toEqual(handler);
      expect(ops(word, { checkSystem: true })).toEqual(handler);
    }
    expect(ops(DC_IVAC)).toEqual(handler);
  });

  it('access registers without a handler where no control, no trace and no effect needs one', () => {
    expect(ops(mrs('ESR_EL1'))).toEqual(['mov64 X0, ESR_EL1']);
    expect(ops(mrs('ESR_EL1'), { el: 0 })).toEqual(handler);
    expect(ops(mrs('ESR_EL1'), { checkSystem: true })).toEqual(handler);
    expect(ops(msr('ESR_EL1'))).toEqual(['and64 ESR_EL1, X0, 0xffffffff']);
    expect(ops(msr('TTBR0_EL1'))).toEqual(leaving);
    expect(ops(msr('CNTV_CTL_EL0'))).toEqual(handler);
    expect(ops(mrs('TTBR0_EL1'))).toEqual(['mov64 X0, TTBR0_EL1']);
    expect(ops(mrs('CTR_EL0'))).toEqual(['movi X0, 0x8444c004']);
    expect(ops(mrs('CurrentEL'), { el: 2 })).toEqual(['movi X0, 0x8']);
    expect(ops(mrs('SP_EL0'))).toEqual(['mov64 X0, SP_EL0']);
    expect(ops(mrs('SP_EL0'), { spsel: 0 })).toEqual(handler);
    expect(ops(mrs('PMSELR_EL0'))).toEqual(handler);
    expect(ops(mrs('ACTLR_EL1'))).toEqual(handler);
  });

  it('access what a name means to the host at EL2 while it has two ranges', () => {
    expect(ops(mrs('ESR_EL1'), { el: 2, twoRanges: false })).toEqual(['mov64 X0, ESR_EL1']);
    expect(ops(mrs('ESR_EL1'), { el: 2, twoRanges: true })).toEqual(['mov64 X0, ESR_EL2']);
    expect(ops(msr('ELR_EL1'), { el: 2, twoRanges: true })).toEqual([expect.stringMatching(/^and64 ELR_EL2, X0/)]);
    expect(ops(msr('SCTLR_EL1'), { el: 2, twoRanges: true })).toEqual(handler);
    expect(ops(mrs('ESR_EL12'), { el: 2, twoRanges: true })).toEqual(handler);
  });

  it('write what only lower ELs depend on without a handler at EL2, where nothing traps', () => {
    const at2 = (word: number) => ops(word, { el: 2, twoRanges: false });
    const inHost = (word: number) => ops(word, { el: 2, twoRanges: true });
    expect(at2(msr('TTBR0_EL1'))).toEqual(['and64 TTBR0_EL1, X0, 0xfffffffffffffffe', 'mark_lower_contexts']);
    expect(at2(msr('VMPIDR_EL2'))).toEqual([
      'and64 VMPIDR_EL2, X0, 0xff41ffffff',
      'or64 VMPIDR_EL2, VMPIDR_EL2, 0x80000000',
    ]);
    expect(at2(msr('SP_EL1'))).toEqual(['and64 SP_EL1, X0, 0xffffffffffffffff']);
    expect(at2(mrs('CPACR_EL1'))).toEqual(['mov64 X0, CPACR_EL1']);
    expect(at2(mrs('PMUSERENR_EL0'))).toEqual(['mov64 X0, PMUSERENR_EL0']);
    for (const name of ['HCR_EL2', 'SCTLR_EL2', 'CPTR_EL2']) expect(at2(msr(name))).toEqual(leaving);
    expect(at2(msr('TTBR0_EL12'))).toEqual(handler);
    expect(inHost(msr('TTBR0_EL1'))).toEqual(handler);
  });

  it('change masks without a handler above EL0 while nothing is pending', () => {
    const MSR_DAIFSET_2 = 0xd503_42df;
    const MSR_DAIFCLR_2 = 0xd503_42ff;
    const guarded = expect.stringMatching(/^callout_if_masks_matter/);
    expect(ops(mrs('DAIF'))).toEqual(['get_daif X0']);
    expect(ops(msr('DAIF'))).toEqual([guarded, 'set_daif X0']);
    expect(ops(MSR_DAIFSET_2)).toEqual([guarded, 'get_daif T0', 'or64 T0, T0, 0x80', 'set_daif T0']);
    expect(ops(MSR_DAIFCLR_2)).toEqual([guarded, 'get_daif T0', 'bic64 T0, T0, 0x80', 'set_daif T0']);
    for (const word of [mrs('DAIF'), MSR_DAIFSET_2]) {
      expect(ops(word, { el: 0 })).toEqual([expect.stringMatching(/^callout X|^callout ZERO/)]);
    }
    expect(ops(msr('DAIF'), { el: 0 })).toEqual(leaving);
  });
});
