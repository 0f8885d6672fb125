/** SVC, HVC, SMC, BRK, HLT and UNDEFINED at every EL under every control that routes them. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../src/arch/trace.ts';
import type { CalloutName } from '../../../src/cpu/callout-names.ts';
import { LEAVE } from '../../../src/cpu/core.ts';
import { N, PC, X } from '../../../src/cpu/slots.ts';
import { CODE, FakeCore, VBAR_EL1, VBAR_EL2 } from './fake-core.ts';
import { brk, execute, hlt, hvc, smc, svc } from './words.ts';

const TGE = 1n << 27n;
const TSC = 1n << 19n;
const HCD = 1n << 29n;
const TDE = 1n << 8n;

interface Case {
  name: CalloutName;
  word: number;
  el: 0 | 1 | 2;
  hcr?: bigint;
  mdcr?: bigint;
  el2?: boolean;
  /** Expected target, syndrome, and preferred return relative to the instruction. */
  to: 1 | 2;
  esr: number;
  elr: 0 | 4;
}

const UNDEFINED_ESR = 0x0200_0000;
const SVC = { name: 'SVC', word: svc(0x1234), esr: 0x5600_1234, elr: 4 } as const;
const HVC = { name: 'HVC', word: hvc(0x1234), esr: 0x5a00_1234, elr: 4 } as const;
const SMC = { name: 'SMC', word: smc(0x1234), esr: 0x5e00_1234, elr: 0 } as const;
const BRK = { name: 'BRK', word: brk(0x1234), esr: 0xf200_1234, elr: 0 } as const;
const UNDEF = { esr: UNDEFINED_ESR, elr: 0 } as const;

const CASES: Case[] = [
  { ...SVC, el: 0, to: 1 },
  { ...SVC, el: 0, to: 2, hcr: TGE },
  { ...SVC, el: 1, to: 1 },
  { ...SVC, el: 2, to: 2 },
  { ...SVC, el: 2, to: 2, hcr: TGE },
  { ...SVC, el: 0, to: 1, el2: false },
  { ...HVC, ...UNDEF, el: 0, to: 1 },
  { ...HVC, ...UNDEF, el: 0, to: 2, hcr: TGE },
  { ...HVC, el: 1, to: 2 },
  { ...HVC, el: 2, to: 2 },
  { ...HVC, ...UNDEF, el: 1, to: 1, hcr: HCD },
  { ...HVC, ...UNDEF, el: 2, to: 2, hcr: HCD },
  { ...HVC, ...UNDEF, el: 1, to: 1, el2: false },
  { ...SMC, ...UNDEF, el: 0, to: 1, hcr: TSC },
  { ...SMC, ...UNDEF, el: 1, to: 1 },
  { ...SMC, el: 1, to: 2, hcr: TSC },
  { ...SMC, ...UNDEF, el: 2, to: 2, hcr: TSC },
  { ...BRK, el: 0, to: 1 },
  { ...BRK, el: 0, to: 2, hcr: TGE },
  { ...BRK, el: 0, to: 2, mdcr: TDE },
  { ...BRK, el: 1, to: 1 },
  { ...BRK, el: 1, to: 2, mdcr: TDE },
  { ...BRK, el: 2, to: 2 },
  { ...UNDEF, name: 'UNDEFINED', word: 0, el: 0, to: 1 },
  { ...UNDEF, name: 'UNDEFINED', word: 0, el: 0, to: 2, hcr: TGE },
  { ...UNDEF, name: 'UNDEFINED', word: 0, el: 1, to: 1 },
  { ...UNDEF, name: 'UNDEFINED', word: 0, el: 2, to: 2 },
  { ...UNDEF, name: 'DCPS', word: 0, el: 1, to: 1 },
  { ...UNDEF, name: 'DRPS', word: 0, el: 2, to: 2 },
  { ...UNDEF, name: 'HLT', word: hlt(1), el: 1, to: 1 },
  { ...UNDEF, name: 'HLT', word: hlt(0xf000), el: 1, to: 1 },
  { ...UNDEF, name: 'ERET', word: 0, el: 0, to: 1 },
];

describe('exception-generating instructions', () => {
  it.each(CASES)('$name at EL$el with HCR_EL2 $hcr MDCR_EL2 $mdcr EL2 $el2: ESR_EL$to $esr', (c) => {
    const core = new FakeCore({ el2: c.el2 ?? true }).at(c.el);
    core.with('HCR_EL2', c.hcr ?? 0n).with('MDCR_EL2', c.mdcr ?? 0n);
    core.state.set32(N, 1);
    const before = core.state.pstate;
    expect(execute(core, c.name, c.word)).toBe(LEAVE);
    expect(core.reg(`ESR_EL${c.to}`)).toBe(BigInt(c.esr));
    expect(core.reg(`ELR_EL${c.to}`)).toBe(CODE + BigInt(c.elr));
    expect(core.reg(`SPSR_EL${c.to}`)).toBe(BigInt(before));
    const group = c.el < c.to ? 0x400n : 0x200n;
    expect(core.state.pc).toBe((c.to === 1 ? VBAR_EL1 : VBAR_EL2) + group);
    expect(core.state.pstate).toBe(((1 << 31) | 0x3c0 | (c.to << 2) | 1) >>> 0);
    expect(core.contextChanges).toBe(1);
  });

  it('takes an exception from ELx with SP_EL0 to the first group of vectors', () => {
    const core = new FakeCore().at(1, 0);
    execute(core, 'SVC', svc(0));
    expect(core.state.pc).toBe(VBAR_EL1);
    expect(core.reg('SPSR_EL1')).toBe(4n);
  });

  it('carries PC of the next instruction over a 4 GiB boundary', () => {
    const core = new FakeCore().at(1);
    core.state.set64(PC, 7, 0xffff_fffc);
    execute(core, 'SVC', svc(0));
    expect(core.reg('ELR_EL1')).toBe(0x8_0000_0000n);
  });

  it('removes an address tag from a vector while TBI is on', () => {
    const core = new FakeCore().at(1).with('TCR_EL1', 1n << 37n);
    core.with('VBAR_EL1', 0xab00_0000_0000_0000n);
    execute(core, 'SVC', svc(0));
    expect(core.state.pc).toBe(VBAR_EL1 + 0x200n);
  });

  it('tells a TypeScript hypervisor of exceptions to EL2 alone, after the state is written', () => {
    const core = new FakeCore().at(1);
    const seen: bigint[] = [];
    core.hypervisor = () => seen.push(core.reg('ESR_EL2'), core.state.pc);
    execute(core, 'SVC', svc(1));
    expect(seen).toEqual([]);
    core.at(1);
    execute(core, 'HVC', hvc(1));
    expect(seen).toEqual([0x5a00_0001n, VBAR_EL2 + 0x400n]);
  });

  it('offers SMC to firmware before it is UNDEFINED, with PC at the next instruction', () => {
    for (const el of [1, 2] as const) {
      const core = new FakeCore().at(el);
      core.served = 'smc';
      expect(execute(core, 'SMC', smc(0))).toBe(LEAVE);
      expect(core.asked).toEqual(['smc']);
      expect(core.state.pc).toBe(CODE + 4n);
    }
  });

  it('lets HCR_EL2.TSC win over firmware', () => {
    const core = new FakeCore().at(1).with('HCR_EL2', TSC);
    core.served = 'smc';
    execute(core, 'SMC', smc(0));
    expect(core.asked).toEqual([]);
  });

  it('offers HVC to firmware where there is no EL2, and never asks for EL0', () => {
    const core = new FakeCore({ el2: false }).at(1);
    core.served = 'hvc';
    execute(core, 'HVC', hvc(0));
    expect(core.state.pc).toBe(CODE + 4n);
    core.at(0);
    execute(core, 'HVC', hvc(0));
    execute(core.at(0), 'SMC', smc(0));
    expect(core.asked).toEqual(['hvc']);
  });

  it('serves HLT #0xF000 alone as semihosting', () => {
    const core = new FakeCore().at(1);
    core.served = 'semihosting';
    execute(core, 'HLT', hlt(0xf000));
    expect(core.state.pc).toBe(CODE + 4n);
    execute(core, 'HLT', hlt(0xf001));
    expect(core.asked).toEqual(['semihosting']);
    expect(core.reg('ESR_EL1')).toBe(BigInt(UNDEFINED_ESR));
  });

  it('reports exceptions with QEMU’s numbers and the bit that routed them', () => {
    const core = new FakeCore().at(0).with('HCR_EL2', TGE);
    core.trace.mask = CATEGORIES.int;
    execute(core, 'SVC', svc(3));
    expect(core.events).toEqual([
      {
        category: 'int',
        type: 'exception',
        number: 2,
        name: 'SVC',
        fromEl: 0,
        toEl: 2,
        esr: 0x5600_0003,
        far: undefined,
        elr: CODE + 4n,
        targetPc: VBAR_EL2 + 0x400n,
        pstate: 0x3c9,
        routing: 'HCR_EL2.TGE',
      },
    ]);
  });

  it('leaves general registers alone', () => {
    const core = new FakeCore().at(1);
    for (const [i, slot] of X.entries()) core.state.set(slot, BigInt(i) << 33n);
    execute(core, 'HVC', hvc(0));
    expect(X.map((slot) => core.state.get(slot))).toEqual(X.map((_, i) => BigInt(i) << 33n));
  });
});
