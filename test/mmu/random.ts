/** Random but likely machines for properties: registers, endless tables and accesses that mostly translate. */

import fc from 'fast-check';
import { joined } from '../../src/arch/addresses.ts';
import type { MmuFeatures } from '../../src/mmu/features.ts';
import type { DescriptorMemory } from '../../src/mmu/memory.ts';
import { hiOf, loOf } from './harness.ts';
import type { ModelConfig, ModelRegime, ModelRegisters } from './model.ts';

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const flag = (weight: number): fc.Arbitrary<bigint> =>
  fc.oneof({ weight, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.constant(1n) });
const field = (max: number): fc.Arbitrary<bigint> => fc.integer({ min: 0, max }).map(BigInt);
const mostly = <T>(weight: number, usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare });

/** A CPU with some granules and PA size. */
const features: fc.Arbitrary<MmuFeatures> = fc.record({
  paBits: mostly(3, fc.constantFrom(44, 48), fc.constantFrom(36, 40, 42)),
  granules: mostly(
    3,
    fc.constant({ k4: true, k16: true, k64: true }),
    fc.record({ k4: fc.boolean(), k16: fc.boolean(), k64: fc.boolean() }),
  ).map(({ k4, k16, k64 }) => ({
    k4: { stage1: k4 || (!k16 && !k64), stage2: k4 || (!k16 && !k64) },
    k16: { stage1: k16, stage2: k16 },
    k64: { stage1: k64, stage2: k64 },
  })),
  asid16: fc.boolean(),
  vmid16: fc.boolean(),
  hafdbs: fc.constant(false),
});

export function modelConfig(f: MmuFeatures): ModelConfig {
  const implemented = (stage: 'stage1' | 'stage2'): bigint[] =>
    (
      [
        [f.granules.k4, 12n],
        [f.granules.k16, 14n],
        [f.granules.k64, 16n],
      ] as const
    )
      .filter(([granule]) => granule[stage])
      .map(([, log2]) => log2);
  return { PAMax: BigInt(f.paBits), granules: { stage1: implemented('stage1'), stage2: implemented('stage2') } };
}

const txsz = mostly(
  12,
  field(23).map((n) => n + 16n),
  field(63),
);
const ps = mostly(2, fc.constantFrom(4n, 5n), field(7));

/** T0SZ and SL0 that fit together for the granule of TG0, most of the time. */
const vtcr = fc
  .record({
    tg: mostly(15, field(2), field(3)),
    level: field(2),
    slack: field(17),
    ps,
    t0sz: field(63),
    sl0: field(3),
    wild: flag(8),
    vs: flag(1),
  })
  .map(({ tg, level, slack, ps: size, t0sz, sl0, wild, vs }) => {
    const granule = [12n, 16n, 14n, 12n][Number(tg)];
    const fitSl0 = granule === 12n ? 2n - level : level;
    const start = granule === 12n ? level : 3n - level;
    const smallest = granule + (3n - start) * (granule - 3n) + 1n;
    const inputBits = smallest + (slack % (granule + 1n));
    const fitT0sz = 64n - (inputBits < 26n ? 26n : inputBits > 44n ? 44n : inputBits);
    return (wild === 0n ? fitT0sz | (fitSl0 << 6n) : t0sz | (sl0 << 6n)) | (tg << 14n) | (size << 16n) | (vs << 19n);
  });

const tcr1 = fc
  .record({
    t0sz: txsz,
    t1sz: txsz,
    epd: fc.tuple(flag(15), flag(15)),
    tg0: field(3),
    tg1: field(3),
    a1: flag(1),
    ps,
    as: flag(1),
    tbi: field(3),
  })
  .map(
    (t) =>
      t.t0sz |
      (t.epd[0] << 7n) |
      (t.tg0 << 14n) |
      (t.t1sz << 16n) |
      (t.a1 << 22n) |
      (t.epd[1] << 23n) |
      (t.tg1 << 30n) |
      (t.ps << 32n) |
      (t.as << 36n) |
      (t.tbi << 37n),
  );
const tcr2 = fc
  .record({ t0sz: txsz, tg0: field(3), ps, tbi: field(1) })
  .map((t) => t.t0sz | (t.tg0 << 14n) | (t.ps << 16n) | (t.tbi << 20n));
const sctlr = fc
  .record({ m: flag(5), c: flag(1), i: flag(1), wxn: flag(2) })
  .map((s) => (s.m === 0n ? 1n : 0n) | (s.c << 2n) | (s.i << 12n) | (s.wxn << 19n));
const hcr = fc
  .record({ vm: flag(1), ptw: flag(3), dc: flag(10), tge: flag(15), cd: flag(3), id: flag(3) })
  .map((h) => h.vm | (h.ptw << 2n) | (h.dc << 12n) | (h.tge << 27n) | (h.cd << 32n) | (h.id << 33n));
const ttbr = fc
  .record({ address: u64, span: mostly(8, fc.constant(32n), fc.constantFrom(36n, 44n, 48n)), id: field(0xffff) })
  .map(({ address, span, id }) => BigInt.asUintN(Number(span), address) | (id << 48n));
/** Byte order: rarely one that only one stage has. */
const endianness = mostly<[bigint, bigint]>(
  6,
  fc.constant([0n, 0n]),
  mostly<[bigint, bigint]>(3, fc.constant([1n, 1n]), fc.tuple(field(1), field(1))),
);

const registers: fc.Arbitrary<ModelRegisters> = fc
  .record({
    SCTLR_EL1: sctlr,
    SCTLR_EL2: sctlr,
    TCR_EL1: tcr1,
    TCR_EL2: tcr2,
    TTBR0_EL1: ttbr,
    TTBR1_EL1: ttbr,
    TTBR0_EL2: ttbr,
    TTBR1_EL2: ttbr,
    MAIR_EL1: u64,
    MAIR_EL2: u64,
    HCR_EL2: hcr,
    VTCR_EL2: vtcr,
    VTTBR_EL2: ttbr,
    ee: endianness,
  })
  .map(({ ee, ...rest }) => ({
    ...rest,
    SCTLR_EL1: rest.SCTLR_EL1 | (ee[0] << 25n),
    SCTLR_EL2: rest.SCTLR_EL2 | (ee[1] << 25n),
  }));

/** A VA before it is fitted to the range that it falls into. */
const roughVa = fc.record({
  low: u64,
  upper: fc.boolean(),
  top: mostly(3, fc.constant(-1), fc.nat(255)),
  wild: flag(15),
});

const signExtend = (value: bigint, upper: boolean): bigint => (upper ? BigInt.asUintN(64, ~value) : value);

/** Fits a VA to the input size of its range, or, when wild, misses it by one bit; `top` is a top byte for TBI. */
function fitted(
  rough: { low: bigint; upper: boolean; top: number; wild: bigint },
  r: ModelRegisters,
  name: ModelRegime,
  paBits: number,
): bigint {
  const guest = name === 'EL1&0';
  const on = ((guest ? r.SCTLR_EL1 : r.SCTLR_EL2) & 1n) === 1n && (!guest || (r.HCR_EL2 & 0x800_1000n) === 0n);
  const upper = rough.upper && name !== 'EL2' && on;
  const size = 64n - (((guest ? r.TCR_EL1 : r.TCR_EL2) >> (upper ? 16n : 0n)) & 0x3fn);
  const inputBits = on ? (size > 48n ? 48 : Number(size)) : paBits;
  const inside = signExtend(BigInt.asUintN(inputBits, rough.low), upper);
  const value = rough.wild === 1n ? inside ^ (1n << BigInt(inputBits)) : inside;
  return rough.top < 0 ? value : BigInt.asUintN(56, value) | (BigInt(rough.top) << 56n);
}

/** Keeps addresses that stage 2 translates within its input size, so that most of them do translate. */
function narrowed(r: ModelRegisters, span: number): { registers: ModelRegisters; span: number } {
  if ((r.HCR_EL2 & 0x1001n) === 0n) return { registers: r, span };
  const inputBits = 64 - Number(r.VTCR_EL2 & 0x3fn);
  const narrow = (ttbrValue: bigint): bigint =>
    BigInt.asUintN(Math.min(inputBits, 48), ttbrValue) | ((ttbrValue >> 48n) << 48n);
  return {
    registers: { ...r, TTBR0_EL1: narrow(r.TTBR0_EL1), TTBR1_EL1: narrow(r.TTBR1_EL1) },
    span: Math.min(span, inputBits),
  };
}

/** Gives EL2 what was made for EL1, so that the EL2&0 regime has values in its layouts. */
const exchanged = (r: ModelRegisters): ModelRegisters => ({
  ...r,
  SCTLR_EL1: r.SCTLR_EL2,
  SCTLR_EL2: r.SCTLR_EL1,
  TCR_EL1: r.TCR_EL2,
  TCR_EL2: r.TCR_EL1,
  TTBR0_EL1: r.TTBR0_EL2,
  TTBR0_EL2: r.TTBR0_EL1,
  TTBR1_EL1: r.TTBR1_EL2,
  TTBR1_EL2: r.TTBR1_EL1,
  MAIR_EL1: r.MAIR_EL2,
  MAIR_EL2: r.MAIR_EL1,
});

/** Registers, tables (see `RandomMemory`) and VAs. */
export const machine = fc
  .record({
    features,
    registers,
    name: mostly<ModelRegime>(3, fc.constant('EL1&0'), fc.constantFrom('EL2', 'EL2&0')),
    seed: fc.integer(),
    span: mostly(10, fc.constantFrom(26, 30, 32), fc.constantFrom(36, 42, 44, 48)),
    tight: flag(8).map((wide) => wide === 0n),
    rough: fc.array(roughVa, { minLength: 4, maxLength: 8 }),
  })
  .map((m) => {
    const { registers: own, span } = m.tight ? narrowed(m.registers, m.span) : m;
    const fit = m.name === 'EL2&0' ? exchanged(own) : own;
    const big = (((m.name === 'EL1&0' ? fit.SCTLR_EL1 : fit.SCTLR_EL2) >> 25n) & 1n) === 1n;
    return {
      features: m.features,
      registers: fit,
      name: m.name,
      memory: { seed: m.seed, span, big },
      vas: m.rough.map((rough) => fitted(rough, fit, m.name, m.features.paBits)),
    };
  });

/** 32 well mixed bits of two numbers. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(b + 0x7f4a_7c15, 0xc2b2_ae35);
  h = Math.imul(h ^ (h >>> 16), 0x7feb_352d);
  h = Math.imul(h ^ (h >>> 15), 0x846c_a68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Memory where every doubleword is a descriptor, made from its address: mostly a valid one whose address lies within
 * `span` bits, so that walks go on for ever; some are holes, some noise. The same address always reads the same.
 */
export class RandomMemory implements DescriptorMemory {
  hi = 0;
  lo = 0;
  /** Adding to this changes all tables. */
  version = 0;

  constructor(private readonly shape: { seed: number; span: number; big: boolean }) {}

  word(pa: bigint): bigint | undefined {
    const key = mix(Number(pa & 0xffff_ffffn) ^ this.shape.seed, Number(pa >> 32n) + this.version * 0x1_0001);
    const random = (salt: number): number => mix(key, salt);
    const kind = random(1) % 64;
    if (kind === 0) return undefined;
    const noise = (BigInt(random(2)) << 32n) | BigInt(random(3));
    if (kind === 1) return noise;
    const chance = (salt: number, one: number): bigint => (random(salt) % one === 0 ? 1n : 0n);
    const descriptor =
      (BigInt.asUintN(this.shape.span, noise) & ~0xfffn) |
      1n |
      (random(4) % 8 === 0 ? 0n : 2n) |
      (BigInt(random(5) & 0xf) << 2n) |
      ((1n - chance(6, 6)) << 6n) |
      (chance(7, 3) << 7n) |
      (BigInt(random(8) & 3) << 8n) |
      ((1n - chance(9, 12)) << 10n) |
      (BigInt(random(10) & 1) << 11n) |
      (chance(11, 4) << 53n) |
      (chance(12, 4) << 54n) |
      (chance(13, 8) << 59n) |
      (chance(14, 8) << 60n) |
      (chance(15, 10) << 61n) |
      (chance(16, 10) << 62n);
    if (!this.shape.big) return descriptor;
    let swapped = 0n;
    for (let i = 0n; i < 8n; i++) swapped = (swapped << 8n) | ((descriptor >> (8n * i)) & 0xffn);
    return swapped;
  }

  write(): boolean {
    throw new Error('a CPU without FEAT_HAFDBS wrote a descriptor');
  }

  read(paHi: number, paLo: number): boolean {
    const word = this.word(BigInt(joined(paHi, paLo)));
    if (word === undefined) return false;
    this.hi = hiOf(word);
    this.lo = loOf(word);
    return true;
  }
}
