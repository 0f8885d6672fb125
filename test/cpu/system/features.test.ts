/** The features of `max` that are registers and PSTATE: there, and UNDEFINED or RES0 on the CPUs without them. */

import { describe, expect, it } from 'vitest';
import { LEAVE, NEXT } from '../../../src/cpu/core.ts';
import { CPU_MODELS } from '../../../src/cpu/models.ts';
import { PAN, PC, R, SSBS, UAO, X } from '../../../src/cpu/slots.ts';
import { svc } from '../../../src/cpu/system/calls.ts';
import { exceptionReturn } from '../../../src/cpu/system/exception-return.ts';
import { msrImmediate } from '../../../src/cpu/system/pstate-immediate.ts';
import { mrs, msr } from '../../../src/cpu/system/register-access.ts';
import { systemInstruction } from '../../../src/cpu/system/system-instructions.ts';
import { CODE, FakeCore } from './fake-core.ts';

const UNDEFINED_ESR = 0x0200_0000n;
const max = () => new FakeCore({ cpu: 'max' }).at(1);
const OLDER = CPU_MODELS.filter((name) => name !== 'max');
const PAN_BIT = 1 << 22;
const UAO_BIT = 1 << 23;
const SSBS_BIT = 1 << 12;

/** MSR PAN, UAO or SSBS, #1, the same with MSR X0, and the System instructions of these features. */
const IMMEDIATES = [0xd500_419f, 0xd500_417f, 0xd503_413f] as const;
const MOVES = [0xd518_4260, 0xd518_4280, 0xd51b_42c0] as const;
const INSTRUCTIONS = [
  ['AT S1E1RP', 0xd508_7900],
  ['AT S1E1WP', 0xd508_7920],
  ['DC CVAP', 0xd50b_7c20],
] as const;
const FIELDS = [
  ['PAN', PAN, PAN_BIT],
  ['UAO', UAO, UAO_BIT],
  ['SSBS', SSBS, SSBS_BIT],
] as const;

describe('PSTATE fields of max', () => {
  it.each(FIELDS.map((row, i) => [...row, i] as const))('%s is set by MSR and read by MRS', (_name, slot, bit, i) => {
    const core = max();
    msrImmediate(core, IMMEDIATES[i]);
    expect(core.state.lo(slot)).toBe(1);
    expect(core.state.pstate & bit).toBe(bit);
    mrs(core, MOVES[i] | (1 << 21), X[0]);
    expect(core.state.get(X[0])).toBe(BigInt(bit));
    msr(core.x(0, 0n), MOVES[i], X[0]);
    expect(core.state.lo(slot)).toBe(0);
  });

  it.each(OLDER)('are UNDEFINED on %s, and so are their instructions', (cpu) => {
    for (const word of [...IMMEDIATES, ...MOVES, ...INSTRUCTIONS.map((row) => row[1])]) {
      const core = new FakeCore({ cpu }).at(1);
      if (IMMEDIATES.includes(word as never)) msrImmediate(core, word);
      else if (MOVES.includes(word as never)) msr(core, word, X[0]);
      else systemInstruction(core, word, X[0]);
      expect([word.toString(16), core.reg('ESR_EL1')]).toEqual([word.toString(16), UNDEFINED_ESR]);
    }
  });

  it('at EL0 are UNDEFINED but for SSBS', () => {
    const outcomes = IMMEDIATES.map((word) => {
      const core = new FakeCore({ cpu: 'max' }).at(0);
      return [msrImmediate(core, word), core.reg('ESR_EL1')];
    });
    expect(outcomes).toEqual([
      [LEAVE, UNDEFINED_ESR],
      [LEAVE, UNDEFINED_ESR],
      [NEXT, 0n],
    ]);
  });
});

describe('exceptions', () => {
  it('to EL1 set PAN unless SCTLR_EL1.SPAN, clear UAO, and take SSBS from SCTLR_EL1.DSSBS', () => {
    const taken = [0n, 1n << 23n, 1n << 44n].map((sctlr) => {
      const core = max();
      core.state.set(R.SCTLR_EL1, sctlr);
      core.state.set32(UAO, 1);
      svc(core, 0xd400_0001);
      return [core.state.lo(PAN), core.state.lo(UAO), core.state.lo(SSBS), Number(core.reg('SPSR_EL1')) & UAO_BIT];
    });
    expect(taken).toEqual([
      [1, 0, 0, UAO_BIT],
      [0, 0, 0, UAO_BIT],
      [1, 0, 1, UAO_BIT],
    ]);
  });

  it('to EL2 leave PAN', () => {
    for (const pan of [0, 1]) {
      const core = max()
        .with('HCR_EL2', 1n << 27n)
        .at(0);
      core.state.set32(PAN, pan);
      svc(core, 0xd400_0001);
      expect([core.state.el, core.state.lo(PAN)]).toEqual([2, pan]);
    }
  });

  it('return the fields from SPSR, and on an older CPU drop them', () => {
    const fields = ['max', 'cortex-a57'].map((cpu) => {
      const core = new FakeCore({ cpu }).at(2);
      core.state.set(R.SPSR_EL2, BigInt(PAN_BIT | UAO_BIT | SSBS_BIT | 5));
      core.state.set(R.ELR_EL2, CODE);
      exceptionReturn(core);
      expect(core.state.get(PC)).toBe(CODE);
      return core.state.pstate;
    });
    expect(fields).toEqual([PAN_BIT | UAO_BIT | SSBS_BIT | 5, 5]);
  });

  it('return PAN alone when the return is illegal', () => {
    const core = max();
    core.state.set(R.SPSR_EL1, BigInt(PAN_BIT | UAO_BIT | SSBS_BIT | 9));
    exceptionReturn(core);
    expect(core.state.pstate & (PAN_BIT | UAO_BIT | SSBS_BIT)).toBe(PAN_BIT);
  });
});

describe('bits that come with features', () => {
  const written = (cpu: string, word: number, slot: 'TCR_EL1' | 'VTCR_EL2' | 'VTTBR_EL2' | 'SCTLR_EL1') => {
    const core = new FakeCore({ cpu }).at(2).x(0, 0xffff_ffff_ffff_ffffn);
    msr(core, word, X[0]);
    return core.reg(slot);
  };
  it.each([
    ['TCR_EL1', 0xd518_2040, 0x180_0000_0000n],
    ['VTCR_EL2', 0xd51c_2140, 0x68_0000n],
    ['VTTBR_EL2', 0xd51c_2100, 0xff00_0000_0000_0000n],
    ['SCTLR_EL1', 0xd518_1000, 1n << 44n],
  ] as const)('are stored in %s on max alone', (name, word, bits) => {
    expect(written('max', word, name) ^ written('cortex-a57', word, name)).toBe(bits);
  });

  it('make SCTLR_EL1.SPAN writable where it is RES1 otherwise', () => {
    const zeroed = ['max', 'cortex-a57'].map((cpu) => {
      const core = new FakeCore({ cpu }).at(2).x(0, 0n);
      msr(core, 0xd518_1000, X[0]);
      return core.reg('SCTLR_EL1') & (1n << 23n);
    });
    expect(zeroed).toEqual([0n, 1n << 23n]);
  });
});
