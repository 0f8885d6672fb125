/** Syndromes in words. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault, type FaultKind } from '../../src/arch/fault.ts';
import {
  dataAbortIss,
  EC,
  esr,
  ISS_WNR,
  instructionAbortIss,
  loadStoreIss,
  systemInstructionIss,
  wfxIss,
} from '../../src/arch/syndrome.ts';
import { faultStatusText, faultText } from '../../src/debug/fault-text.ts';
import { syndromeText } from '../../src/debug/syndrome-text.ts';

const fault = (kind: FaultKind, stage: 1 | 2, level: number, s1ptw = false) => {
  const value = new Fault();
  value.set(kind, stage, level, s1ptw);
  return value;
};

describe('syndromeText', () => {
  it.each([
    [esr(EC.UNKNOWN, 0), 'Unknown reason'],
    [esr(EC.HVC64, 7), 'HVC instruction execution in AArch64 state: imm16=0x7'],
    [esr(EC.BRK64, 0xffff), 'BRK instruction execution in AArch64 state: imm16=0xffff'],
    [esr(EC.WFX, wfxIss(0)), 'Trapped WFI or WFE: TI=WFI'],
    [esr(EC.WFX, wfxIss(1)), 'Trapped WFI or WFE: TI=WFE'],
    [
      esr(
        EC.DATA_ABORT_LOWER,
        dataAbortIss(fault('translation', 2, 3), loadStoreIss(3, false, 5, true, false) | ISS_WNR),
      ),
      'Data Abort from a lower Exception level: DFSC=translation fault, level 3, WnR=1 (write), S1PTW=0, CM=0, EA=0, ' +
        'FnV=0, ISV=1, SAS=64 bits, SSE=0, SRT=X5, AR=0',
    ],
    [
      esr(EC.DATA_ABORT_LOWER, dataAbortIss(fault('permission', 2, 2), loadStoreIss(0, true, 31, false, true))),
      'Data Abort from a lower Exception level: DFSC=permission fault, level 2, WnR=0 (read), S1PTW=0, CM=0, EA=0, ' +
        'FnV=0, ISV=1, SAS=8 bits, SSE=1, SRT=W31, AR=1',
    ],
    [
      esr(EC.INSTRUCTION_ABORT_LOWER, instructionAbortIss(fault('accessFlag', 2, 1, true))),
      'Instruction Abort from a lower Exception level: IFSC=access flag fault, level 1, S1PTW=1, EA=0, FnV=0',
    ],
    [0x0800_0000, 'Reserved exception class 0x2'],
    [esr(EC.FP_ACCESS, 0x1e0_0000), 'Access to Advanced SIMD or floating-point functionality: ISS=0x1e00000'],
  ])('%#x', (value, text) => {
    expect(syndromeText(value)).toBe(text);
  });

  it('names the register or instruction of a trapped access, by encoding where there is no name', () => {
    const head = 'Trapped MSR, MRS or System instruction execution in AArch64 state';
    const trapped = (word: number) => syndromeText(esr(EC.SYSTEM_REGISTER, systemInstructionIss(word)));
    expect(trapped(0xd518_1003)).toBe(`${head}: register=SCTLR_EL1, Rt=X3, Direction=0 (write)`);
    expect(trapped(0xd53b_e05e)).toBe(`${head}: register=CNTVCT_EL0, Rt=X30, Direction=1 (read)`);
    expect(trapped(0xd50b_7e21)).toBe(`${head}: register=DC CIVAC, Rt=X1, Direction=0 (write)`);
    expect(trapped(0xd53f_f2a0)).toBe(`${head}: register=S3_7_C15_C2_5, Rt=X0, Direction=1 (read)`);
  });

  it('has a text for every value', () => {
    const value = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(value, (syndrome) => {
        expect(syndromeText(syndrome)).not.toMatch(/undefined|NaN/);
      }),
    );
  });
});

it('words a fault, with the descriptor that the stage-1 walk could not read', () => {
  const onWalk = fault('permission', 2, 3, true);
  onWalk.ipa = 0x4008_1008;
  expect(faultText(onWalk)).toBe('stage 2 permission fault, level 3 for the stage-1 descriptor at IPA 0x40081008');
  expect(faultText(fault('translation', 1, 0))).toBe('stage 1 translation fault, level 0');
  expect(faultText(fault('alignment', 1, 0))).toBe('stage 1 alignment fault');
});

it('words every fault status code', () => {
  expect([0x00, 0x07, 0x0b, 0x0d, 0x10, 0x17, 0x21, 0x30, 0x3f].map(faultStatusText)).toEqual([
    'address size fault, level 0',
    'translation fault, level 3',
    'access flag fault, level 3',
    'permission fault, level 1',
    'synchronous external abort',
    'synchronous external abort on a table walk, level 3',
    'alignment fault',
    'TLB conflict abort',
    'reserved status 0x3f',
  ]);
});
