/** The verifier of law 2 finds deliberate violations. */

import { describe, expect, it } from 'vitest';
import { CALLOUT_NUMBERS } from '../../../src/cpu/callout-names.ts';
import { Ir, imm } from '../../../src/cpu/ir/builder.ts';
import { verifyInstruction } from '../../../src/cpu/ir/verify.ts';
import { DISCARD, N, X, ZERO } from '../../../src/cpu/slots.ts';

function problems(emit: (ir: Ir) => void): string[] {
  const ir = new Ir();
  emit(ir);
  return verifyInstruction(ir.list, 0, ir.list.count);
}

describe('verifyInstruction', () => {
  it('accepts write-back after the last access', () => {
    expect(
      problems((ir) => {
        ir.ld64(ir.T(0), X[1], 0);
        ir.ld64(X[2], X[1], 8);
        ir.mov64(X[3], ir.T(0));
        ir.add64(X[1], X[1], imm(16));
      }),
    ).toEqual([]);
  });

  it('finds a register that is written before an access that can fault', () => {
    expect(
      problems((ir) => {
        ir.add64(X[1], X[1], imm(16));
        ir.ld64(X[2], X[1], 0);
      }),
    ).toEqual(['op 1 ld64: can fault after X1 was written']);
    expect(
      problems((ir) => {
        ir.ld64(X[2], X[1], 0);
        ir.st64(X[1], X[3], 8);
      }),
    ).toEqual(['op 1 st64: can fault after X2 was written']);
  });

  it('finds flags, and the monitor, that are written before an access', () => {
    expect(
      problems((ir) => {
        ir.adds64(DISCARD, X[0], X[1]);
        ir.ld64(X[2], X[1], 0);
      }),
    ).toEqual(['op 1 ld64: can fault after N was written']);
    expect(
      problems((ir) => {
        ir.monitor_set(X[1], 8);
        ir.ld64(X[2], X[1], 0);
      }),
    ).toEqual([expect.stringMatching(/can fault after EXCLUSIVE_(VA|SIZE) was written/)]);
  });

  it('finds a call out after a write', () => {
    expect(
      problems((ir) => {
        ir.movi(X[1], 1);
        ir.callout(ZERO, { hi: CALLOUT_NUMBERS.SVC, lo: 0 });
      }),
    ).toEqual(['op 1 callout: can fault after X1 was written']);
  });

  it('finds a temporary that is read before it is written', () => {
    expect(problems((ir) => ir.mov64(X[0], ir.T(3)))).toEqual(['op 0 mov64: T3 is read before it is written']);
    expect(
      problems((ir) => {
        ir.movi(ir.T(3), 1);
        ir.mov64(X[0], ir.T(3));
      }),
    ).toEqual([]);
  });

  it('finds XZR as the wrong slot, and slots that are not 64 bits wide', () => {
    expect(problems((ir) => ir.mov64(ZERO, X[0]))).toEqual(['op 0 mov64: d ZERO is written']);
    expect(problems((ir) => ir.mov64(X[0], DISCARD))).toEqual(['op 0 mov64: a DISCARD is read']);
    expect(problems((ir) => ir.mov64(X[0], N))).toEqual(['op 0 mov64: a N is no 64-bit slot']);
  });
});
