/** How registers select the ASID, the VMID, the stages and the granules. */

import { describe, expect, it } from 'vitest';
import { regimeOf } from '../../src/mmu/regime.ts';
import { A57, FULL, translationRegisters, ZERO_REGISTERS } from './harness.ts';
import type { ModelRegisters } from './model.ts';

const el10 = (r: Partial<ModelRegisters>, features = FULL) =>
  regimeOf(translationRegisters({ ...ZERO_REGISTERS, ...r }), 'EL1&0', features);

describe('regimeOf', () => {
  it('takes the ASID from the TTBR that TCR.A1 names, 8 bits unless TCR.AS', () => {
    const ttbrs = { TTBR0_EL1: 0x1234n << 48n, TTBR1_EL1: 0x5678n << 48n };
    expect(el10(ttbrs).asid).toBe(0x34);
    expect(el10({ ...ttbrs, TCR_EL1: 1n << 22n }).asid).toBe(0x78);
    expect(el10({ ...ttbrs, TCR_EL1: (1n << 22n) | (1n << 36n) }).asid).toBe(0x5678);
    expect(el10({ ...ttbrs, TCR_EL1: 1n << 36n }, { ...FULL, asid16: false }).asid).toBe(0x34);
  });

  it('takes the VMID from VTTBR also while stage 2 is off, 8 bits unless VTCR.VS', () => {
    const vttbr = { VTTBR_EL2: 0xabcdn << 48n, VTCR_EL2: 1n << 19n };
    expect(el10(vttbr)).toMatchObject({ vmid: 0xabcd, stage2On: false, stage2: undefined });
    expect(el10(vttbr, A57).vmid).toBe(0xcd);
    expect(el10({ VTTBR_EL2: 0xabcdn << 48n }).vmid).toBe(0xcd);
    expect(regimeOf(translationRegisters({ ...ZERO_REGISTERS, ...vttbr }), 'EL2', FULL)).toMatchObject({
      vmid: 0,
      asid: 0,
    });
  });

  it.each([
    ['off', 0n, 0n, false, false],
    ['M', 1n, 0n, true, false],
    ['M and VM', 1n, 1n, true, true],
    ['DC beats M and sets VM', 1n, 1n << 12n, false, true],
    ['TGE beats M', 1n, 1n << 27n, false, false],
    ['TGE leaves VM', 1n, (1n << 27n) | 1n, false, true],
  ])('stages: %s', (_, SCTLR_EL1, HCR_EL2, stage1On, stage2On) => {
    expect(el10({ SCTLR_EL1, HCR_EL2 })).toMatchObject({ stage1On, stage2On });
  });

  it('reads TG0 and TG1 by their own encodings; what is missing acts as the smallest granule', () => {
    const granules = (tg0: bigint, tg1: bigint, features = FULL) => {
      const { lower, upper } = el10({ TCR_EL1: (tg0 << 14n) | (tg1 << 30n) }, features);
      return [lower.granuleBits, upper?.granuleBits];
    };
    expect(granules(0n, 2n)).toEqual([12, 12]);
    expect(granules(1n, 3n)).toEqual([16, 16]);
    expect(granules(2n, 1n)).toEqual([14, 14]);
    expect(granules(3n, 0n)).toEqual([12, 12]);
    expect(granules(2n, 1n, A57)).toEqual([12, 12]);
    const only64K = { ...A57, granules: { ...A57.granules, k4: { stage1: false, stage2: true } } };
    expect(granules(0n, 2n, only64K)).toEqual([16, 16]);
  });

  it('caps IPS at the PA size', () => {
    const limit = (ips: bigint) => Math.log2(el10({ TCR_EL1: ips << 32n }, A57).lower.outputLimit);
    expect([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].map(limit)).toEqual([32, 36, 40, 42, 44, 44, 44, 44]);
  });
});
