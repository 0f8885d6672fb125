/** Who may use SIMD and floating point, and what the others take: DDI 0487, "CPACR_EL1", "CPTR_EL2". */

import { describe, expect, it } from 'vitest';
import { LEAVE } from '../../../src/cpu/core.ts';
import { floatingPointTrap } from '../../../src/cpu/system/floating-point-access.ts';
import { CODE, FakeCore } from './fake-core.ts';
import { execute } from './words.ts';

const FADD = 0x1e61_2800;
const TFP = 1n << 10n;
const TGE = 1n << 27n;
/** EC 7, IL, CV, COND = 0b1110, as QEMU 7.2 reports it; EC 0. */
const TRAPPED = 0x1fe0_0000n;
const UNDEFINED = 0x0200_0000n;

interface Trap {
  readonly el: 0 | 1 | 2;
  readonly fpen: number;
  readonly cptr?: bigint;
  readonly hcr?: bigint;
  readonly to: 1 | 2;
  readonly esr: bigint;
}
const TRAPS: readonly Trap[] = [
  { el: 0, fpen: 0b00, to: 1, esr: TRAPPED },
  { el: 0, fpen: 0b01, to: 1, esr: TRAPPED },
  { el: 0, fpen: 0b10, to: 1, esr: TRAPPED },
  { el: 1, fpen: 0b00, to: 1, esr: TRAPPED },
  { el: 1, fpen: 0b10, to: 1, esr: TRAPPED },
  { el: 0, fpen: 0b11, cptr: TFP, to: 2, esr: TRAPPED },
  { el: 1, fpen: 0b11, cptr: TFP, to: 2, esr: TRAPPED },
  { el: 2, fpen: 0b00, cptr: TFP, to: 2, esr: TRAPPED },
  // CPACR_EL1 comes first.
  { el: 0, fpen: 0b01, cptr: TFP, to: 1, esr: TRAPPED },
  { el: 1, fpen: 0b00, cptr: TFP, to: 1, esr: TRAPPED },
  { el: 0, fpen: 0b00, hcr: TGE, to: 2, esr: UNDEFINED },
  { el: 0, fpen: 0b11, cptr: TFP, hcr: TGE, to: 2, esr: TRAPPED },
];

describe('an instruction of floating point', () => {
  it.each(TRAPS)('at EL$el with FPEN $fpen, CPTR_EL2 $cptr, HCR_EL2 $hcr traps to EL$to', (trap) => {
    const { el, fpen, cptr = 0n, hcr = 0n, to, esr } = trap;
    const core = new FakeCore()
      .at(el)
      .with('CPACR_EL1', BigInt(fpen) << 20n)
      .with('CPTR_EL2', cptr)
      .with('HCR_EL2', hcr);
    expect(floatingPointTrap(core.state, el)).toBeDefined();
    expect(execute(core, 'FP_TRAP', FADD)).toBe(LEAVE);
    expect(core.state.el).toBe(to);
    expect([core.reg(`ESR_EL${to}`), core.reg(`ELR_EL${to}`)]).toEqual([esr, CODE]);
  });

  it.each([
    { el: 0, fpen: 0b11 },
    { el: 1, fpen: 0b01 },
    { el: 1, fpen: 0b11 },
    { el: 2, fpen: 0b00 },
  ] as const)('at EL$el with FPEN $fpen runs', ({ el, fpen }) => {
    const core = new FakeCore().at(el).with('CPACR_EL1', BigInt(fpen) << 20n);
    expect(floatingPointTrap(core.state, el)).toBeUndefined();
  });
});
