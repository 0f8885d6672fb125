/** Aborts and alignment faults: target, ESR, FAR and HPFAR of each. */

import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/arch/fault.ts';
import { ISS_WNR, loadStoreIss } from '../../../src/arch/syndrome.ts';
import { IL, PC } from '../../../src/cpu/slots.ts';
import {
  dataAbort,
  illegalState,
  instructionAbort,
  pcAlignmentFault,
  spAlignmentFault,
} from '../../../src/cpu/system/exceptions.ts';
import { CODE, FakeCore, VBAR_EL1, VBAR_EL2 } from './fake-core.ts';

const VA = 0xffff_8000_1234_5678n;
const HI = 0xffff_8000;
const LO = 0x1234_5678;

function fault(...[kind, stage, level, s1ptw, ipa]: Parameters<Fault['set']>): Fault {
  const f = new Fault();
  f.set(kind, stage, level, s1ptw, ipa);
  return f;
}
/** STRH W9 of an acquire/release form: SAS 1, SRT 9, AR. */
const STORE = loadStoreIss(1, false, 9, false, true) | ISS_WNR;

describe('Data Abort', () => {
  it('of stage 1 goes to EL1, without ISV', () => {
    const core = new FakeCore().at(0);
    dataAbort(core, fault('translation', 1, 3), HI, LO, STORE);
    expect(core.reg('ESR_EL1')).toBe(0x9200_0047n);
    expect([core.reg('FAR_EL1'), core.reg('ELR_EL1'), core.reg('HPFAR_EL2')]).toEqual([VA, CODE, 0n]);
    expect(core.state.pc).toBe(VBAR_EL1 + 0x400n);
  });

  it('of stage 1 at EL1 is taken without a change in EL', () => {
    const core = new FakeCore().at(1);
    dataAbort(core, fault('permission', 1, 2), HI, LO, 0);
    expect(core.reg('ESR_EL1')).toBe(0x9600_000en);
  });

  it('of stage 1 at EL0 goes to EL2 with HCR_EL2.TGE', () => {
    const core = new FakeCore().at(0).with('HCR_EL2', 1n << 27n);
    dataAbort(core, fault('alignment', 1, 0), HI, LO, 0);
    expect([core.reg('ESR_EL2'), core.reg('FAR_EL2')]).toEqual([0x9200_0021n, VA]);
  });

  it('of stage 2 goes to EL2 with the IPA in HPFAR_EL2 and the access in the ISS', () => {
    const core = new FakeCore().at(1);
    dataAbort(core, fault('translation', 2, 1, false, 0x8f_1234_5678), HI, LO, STORE);
    expect(core.reg('ESR_EL2')).toBe(0x9349_4045n);
    expect([core.reg('FAR_EL2'), core.reg('HPFAR_EL2')]).toEqual([VA, 0x8f_1234_50n]);
    expect([core.reg('FAR_EL1'), core.reg('ESR_EL1')]).toEqual([0n, 0n]);
    expect(core.state.pc).toBe(VBAR_EL2 + 0x400n);
  });

  it('of stage 2 on the stage-1 walk has S1PTW, no ISV, and the IPA of the descriptor', () => {
    const core = new FakeCore().at(0);
    dataAbort(core, fault('permission', 2, 3, true, 0xfff_4567_8ab8), HI, LO, STORE);
    expect(core.reg('ESR_EL2')).toBe(0x9200_00cfn);
    expect(core.reg('HPFAR_EL2')).toBe(0xff_f456_780n);
  });

  it('in the EL2 regime stays at EL2', () => {
    const core = new FakeCore().at(2);
    dataAbort(core, fault('addressSize', 1, 0), HI, LO, 0);
    expect(core.reg('ESR_EL2')).toBe(0x9600_0000n);
    expect(core.state.pc).toBe(VBAR_EL2 + 0x200n);
  });

  it.each([
    ['external', 0, 0x10],
    ['externalOnWalk', 2, 0x16],
    ['accessFlag', 1, 0x09],
  ] as const)('%s has its status code', (kind, level, code) => {
    const core = new FakeCore().at(1);
    dataAbort(core, fault(kind, 1, level), HI, LO, 0);
    expect(core.reg('ESR_EL1')).toBe(BigInt(0x9600_0000 + code));
  });
});

describe('Instruction Abort', () => {
  it('of stage 1', () => {
    const core = new FakeCore().at(0);
    instructionAbort(core, fault('permission', 1, 3), HI, LO);
    expect([core.reg('ESR_EL1'), core.reg('FAR_EL1')]).toEqual([0x8200_000fn, VA]);
    const same = new FakeCore().at(1);
    instructionAbort(same, fault('translation', 1, 0), HI, LO);
    expect(same.reg('ESR_EL1')).toBe(0x8600_0004n);
  });

  it('of stage 2', () => {
    const core = new FakeCore().at(1);
    instructionAbort(core, fault('translation', 2, 2, true, 0x4000_1000), HI, LO);
    expect([core.reg('ESR_EL2'), core.reg('HPFAR_EL2')]).toEqual([0x8200_0086n, 0x40_0010n]);
  });
});

describe('alignment and state', () => {
  it('PC alignment writes FAR with PC', () => {
    const core = new FakeCore().at(1);
    core.state.set(PC, 0x4000_0002n);
    pcAlignmentFault(core);
    expect([core.reg('ESR_EL1'), core.reg('FAR_EL1'), core.reg('ELR_EL1')]).toEqual([
      0x8a00_0000n,
      0x4000_0002n,
      0x4000_0002n,
    ]);
  });

  it('SP alignment and illegal state have no ISS and leave FAR', () => {
    const core = new FakeCore().at(2);
    spAlignmentFault(core);
    expect([core.reg('ESR_EL2'), core.reg('FAR_EL2')]).toEqual([0x9a00_0000n, 0n]);
    core.state.set32(IL, 1);
    illegalState(core);
    expect(core.reg('ESR_EL2')).toBe(0x3a00_0000n);
    expect(core.reg('SPSR_EL2') & (1n << 20n)).toBe(1n << 20n);
    expect(core.state.lo(IL)).toBe(0);
  });
});
