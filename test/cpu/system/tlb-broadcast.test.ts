/** Which CPUs each TLBI reaches: the Inner Shareable forms all of them, the others their own (with HCR_EL2.FB all too). */

import { beforeEach, describe, expect, it } from 'vitest';
import { regimeFor } from '../../../src/cpu/system/regimes.ts';
import type { RegimeName } from '../../../src/mmu/regime.ts';
import { TLBI, type TlbiOp } from '../../../src/mmu/tlbi.ts';
import { READ, Translation } from '../../../src/mmu/translation.ts';
import { FakeCore, RAM } from './fake-core.ts';
import { execute, msrWord } from './words.ts';

const L2 = RAM + 0x1000;
const L3 = RAM + 0x2000;
const S2 = RAM + 0x4000;
const VA = 0x1000n;
const IPA = BigInt(RAM + 0x5000);
const ASID = 5n;

let cores: FakeCore[];

/** Three CPUs of one cluster, each with one entry for VA of EL1&0 without stage 2, of both stages, of stage 2, of EL2. */
beforeEach(() => {
  const shared = new FakeCore();
  shared.poke(L2, BigInt(L3) | 3n);
  shared.poke(L3 + 8, IPA | (1n << 11n) | (1n << 10n) | (1n << 6n) | 3n);
  shared.poke(S2 + 8, BigInt(RAM) | (0xfn << 2n) | (3n << 6n) | (1n << 10n) | 1n);
  cores = [shared, new FakeCore(), new FakeCore()];
  for (const core of cores) {
    Object.assign(core, { bus: shared.bus, cluster: cores });
    core.at(2);
    core.with('TCR_EL1', 34n | (34n << 16n) | (2n << 30n) | (2n << 32n)).with('TCR_EL2', 34n | (2n << 16n));
    core.with('TTBR0_EL1', BigInt(L2) | (ASID << 48n)).with('TTBR0_EL2', BigInt(L2));
    core.with('SCTLR_EL1', 1n).with('SCTLR_EL2', 1n);
    core.with('VTCR_EL2', 25n | (1n << 6n) | (2n << 16n)).with('VTTBR_EL2', BigInt(S2));
    fill(core, 'EL1&0');
    core.with('HCR_EL2', 1n);
    fill(core, 'EL1&0');
    fill(core, 'EL2');
  }
});

function fill(core: FakeCore, name: RegimeName): void {
  const out = new Translation();
  expect(core.mmu.translate(regimeFor(core, name), 0, Number(VA), READ, out)).toBe(true);
}

/** Spaces of the entries for VA or IPA that a CPU has left. */
const left = (core: FakeCore): number[] => [...new Set(core.mmu.tlb.entries().map((entry) => entry.space))].sort();
const ALL = [0, 1, 2, 3];

function execTlbi(name: string): void {
  const byIpa = name.startsWith('IPA');
  cores[0].x(0, ((byIpa ? IPA : VA) >> 12n) | (byIpa ? 0n : ASID << 48n));
  execute(cores[0], 'SYS', msrWord(`TLBI ${name}`));
}

const operations = Object.keys(TLBI) as TlbiOp[];
const remaining = (op: TlbiOp): number[] => ALL.filter((space) => !TLBI[op].spaces.some((gone) => gone === space));

describe('TLBI', () => {
  it('finds entries of each kind on each CPU', () => expect(cores.map(left)).toEqual([ALL, ALL, ALL]));

  it.each(operations)('%s stays on its CPU', (op) => {
    execTlbi(op);
    expect(cores.map(left)).toEqual([remaining(op), ALL, ALL]);
  });

  it.each(operations)('%sIS reaches every CPU', (op) => {
    execTlbi(`${op}IS`);
    expect(cores.map(left)).toEqual([remaining(op), remaining(op), remaining(op)]);
  });

  it.each(['VMALLE1', 'VAE1', 'ASIDE1', 'VAAE1', 'VALE1', 'VAALE1'] as const)(
    '%s at EL1 with HCR_EL2.FB reaches every CPU',
    (op) => {
      cores[0].with('HCR_EL2', 1n << 9n).at(1);
      execTlbi(op);
      expect(cores.map(left)).toEqual([remaining(op), remaining(op), remaining(op)]);
    },
  );
});
