/** The system registers of a GICv3: absent without it, physical or virtual by HCR_EL2, and looked at for interrupts. */

import { describe, expect, it } from 'vitest';
import { REGISTERS } from '../../../src/arch/sysregs/registers.ts';
import { NEVER } from '../../../src/arch/sysregs/row.ts';
import { cpuModel, withGicv3 } from '../../../src/cpu/models.ts';
import { X } from '../../../src/cpu/slots.ts';
import { FakeCore } from './fake-core.ts';
import { execute, mrsWord, msrWord, read, write } from './words.ts';

const UNDEFINED_ESR = 0x0200_0000n;
const FMO = 1n << 3n;
const IMO = 1n << 4n;
const features = ['FEAT_GICv3'] as const;
const registers = REGISTERS.filter(({ feature }) => feature === 'FEAT_GICv3');

const readOf = (core: FakeCore, name: string): bigint => {
  read(core, name);
  return core.state.get(X[0]);
};

describe('a CPU without a GICv3', () => {
  it.each(registers.map((row) => [row.name, row] as const))('has no %s', (name, row) => {
    const core = new FakeCore().at(2);
    execute(core, row.read === NEVER ? 'MSR' : 'MRS', row.read === NEVER ? msrWord(name) : mrsWord(name));
    expect(core.reg('ESR_EL2')).toBe(UNDEFINED_ESR);
  });

  it('says so in ID_AA64PFR0_EL1, and one with it says that', () => {
    const model = cpuModel('cortex-a57');
    if (model === undefined) throw new Error('no cortex-a57');
    const gic = ({ idRegisters }: typeof model): number => (idRegisters.ID_AA64PFR0_EL1.lo >>> 24) & 0xf;
    expect([gic(model), gic(withGicv3(model))]).toEqual([0, 1]);
  });
});

describe('a CPU with a GICv3', () => {
  it('has as many ICH_LR<n>_EL2 as ICH_VTR_EL2 says', () => {
    const core = new FakeCore({ features }).at(2);
    expect(readOf(core, 'ICH_VTR_EL2') & 0x1fn).toBe(15n);
    for (let n = 0; n < 16; n++) write(core.at(2), `ICH_LR${n}_EL2`, BigInt(n + 1));
    expect(Array.from({ length: 16 }, (_, n) => readOf(core.at(2), `ICH_LR${n}_EL2`))).toEqual(
      Array.from({ length: 16 }, (_, n) => BigInt(n + 1)),
    );
  });

  it('gives EL1 the virtual registers of the groups that go to EL2', () => {
    for (const [hcr, group0, group1] of [
      [0n, 'physical', 'physical'],
      [FMO, 'virtual', 'physical'],
      [IMO, 'physical', 'virtual'],
      [FMO | IMO, 'virtual', 'virtual'],
    ] as const) {
      const core = new FakeCore({ features }).with('HCR_EL2', hcr);
      const { gic } = core;
      write(core.at(1), 'ICC_BPR0_EL1', 5n);
      write(core.at(1), 'ICC_BPR1_EL1', 6n);
      write(core.at(1), 'ICC_PMR_EL1', 0x80n);
      expect([gic?.[group0].bpr, gic?.[group1].abpr]).toEqual([5, 6]);
      expect(gic?.[hcr === 0n ? 'physical' : 'virtual'].pmr).toBe(0x80);
      expect(readOf(core.at(1), 'ICC_BPR0_EL1')).toBe(5n);
      write(core.at(2), 'ICC_PMR_EL1', 0x40n);
      expect(gic?.physical.pmr).toBe(0x40);
    }
  });

  it('looks for interrupts after each access that may have brought one', () => {
    const core = new FakeCore({ features }).with('HCR_EL2', IMO).at(2);
    write(core, 'ICH_HCR_EL2', 1n);
    write(core.at(2), 'ICH_VMCR_EL2', 0xff00_0002n);
    write(core.at(2), 'ICH_LR0_EL2', (1n << 62n) | (1n << 60n) | 40n);
    expect([core.virqLine, core.lineChecks]).toEqual([true, 3]);
    expect(readOf(core.at(1), 'ICC_IAR1_EL1')).toBe(40n);
    expect([core.virqLine, core.lineChecks]).toEqual([false, 4]);
  });
});
