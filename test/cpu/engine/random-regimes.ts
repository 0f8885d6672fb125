/** Hypervisors that make no sense: random translation controls, tables and code, put into a CPU again and again. */

import { REGISTERS } from '../../../src/arch/sysregs/registers.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import type { CpuModel } from '../../../src/cpu/models.ts';
import { PC, R, SP, type SysregSlot, X } from '../../../src/cpu/slots.ts';
import { wildImage } from '../../fuzz/wild-code.ts';
import { Prng } from '../../vectors/prng.ts';
import { World } from './world.ts';
import { CODE, DATA, RAM } from './world-memory.ts';

const PAGE = 0x1000;
/** Pages full of descriptors. */
const ARENA = RAM + 0x30_0000;
const ARENA_PAGES = 33;
const CODE_WORDS = 2048;
const OUTSIDE = 0x7000_0000;
/** Where nothing of a 40-bit output address size is. */
const BEYOND = 0x0100_0000_0000;

/** Of HCR_EL2: VM, PTW, FMO to VSE, DC, TWI, TWE, TID2, TID3, TTLB, TVM, TGE, TDZ, TRVM, CD, ID, E2H. */
const HCR_BITS = [0, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 17, 18, 25, 26, 27, 28, 30, 32, 33, 34];
const [HCR_VM, HCR_RW] = [1n, 1n << 31n];

const page = (prng: Prng, base: number, pages: number): bigint => BigInt(base + prng.below(pages) * PAGE);

/** Pages of the arena by the level whose table each makes: mostly 1, 2, 3, 1, 2 and so on. */
const levelOf = (index: number): 1 | 2 | 3 => ((index % 3) + 1) as 1 | 2 | 3;
const tableOf = (prng: Prng, level: 1 | 2 | 3): bigint =>
  BigInt(ARENA + (prng.below(ARENA_PAGES / 3) * 3 + level - 1) * PAGE);

/** Mostly one that a walk goes on with at this level; loops, tables that are their own pages, tables in no RAM too. */
function descriptor(prng: Prng, level: 1 | 2 | 3): bigint {
  const kind = prng.below(100);
  if (kind < 3) return prng.u64();
  if (kind < 6) return 0n;
  // What either stage makes permissions, memory type and shareability of; AF; rarely XN, PXN, Contiguous and DBM.
  const rare = prng.chance(15) ? prng.u64() & 0x0078_0000_0000_0000n : 0n;
  const flags = (prng.u64() & (prng.chance(80) ? 0xb7cn : 0xbfcn)) | (prng.chance(95) ? 1n << 10n : 0n) | rare;
  if (kind < 10) return page(prng, ARENA, ARENA_PAGES) | flags | 3n;
  if (kind < 18) return (prng.chance(70) ? page(prng, OUTSIDE, 16) : page(prng, BEYOND, 16)) | flags | 3n;
  if (level === 3) return page(prng, prng.chance(70) ? CODE : DATA, 16) | flags | 3n;
  if (prng.chance(40)) return BigInt(level === 1 ? RAM : RAM + prng.below(2) * 0x20_0000) | flags | 1n;
  return tableOf(prng, level === 1 ? 2 : 3) | 3n;
}

function arena(prng: Prng): Uint8Array {
  const words = new BigUint64Array((ARENA_PAGES * PAGE) / 8);
  for (let i = 0; i < words.length; i++) words[i] = descriptor(prng, levelOf(Math.floor(i / 512)));
  return new Uint8Array(words.buffer);
}

/** A value as MSR would leave it in a register. */
function legal(name: SysregSlot, value: bigint, { features }: CpuModel): bigint {
  const row = REGISTERS.find((r) => r.name === name) as (typeof REGISTERS)[number];
  const join = ({ hi, lo }: { hi: number; lo: number }) => (BigInt(hi) << 32n) | BigInt(lo);
  const stored = row.extensions.reduce((b, e) => (features[e.feature] ? b | join(e.stored) : b), join(row.stored));
  return (value & stored) | (join(row.res1) & ~stored);
}

const T0SZ = [...Array.from({ length: 20 }, () => 25n), 32n, 30n, 16n, 39n, 12n, 48n];
/** TCR_EL1, or TCR_EL2 in the same layout: sizes, granules, EPDs, A1, IPS, AS, TBI, HA and HD. */
const tcr = (prng: Prng): bigint =>
  prng.pick(T0SZ) |
  (prng.pick(T0SZ) << 16n) |
  (prng.chance(85) ? 2n << 30n : prng.u64() & 0xc000_c000n) |
  (BigInt(prng.pick([0, 2, 2, 2, 2, 2, 5, 7])) << 32n) |
  (prng.chance(20) ? prng.u64() & 0x01f0_00c0_0080n : 0n);
/** TCR_EL2 without E2H. */
const tcrOfEl2 = (prng: Prng): bigint =>
  prng.pick(T0SZ) |
  (BigInt(prng.pick([0, 2, 2, 2, 2, 2, 5, 7])) << 16n) |
  (prng.chance(20) ? prng.u64() & 0x70_c000n : 0n);
/** VTCR_EL2: T0SZ and SL0 that mostly go together. */
const vtcr = (prng: Prng): bigint =>
  BigInt(prng.pick([24, 25, 25, 25, 25, 25, 25, 25, 32, 39, 16])) |
  (BigInt(prng.pick([1, 1, 1, 1, 1, 1, 1, 0, 2, 3])) << 6n) |
  (BigInt(prng.pick([0, 2, 2, 2, 2, 2, 5, 7])) << 16n) |
  (prng.chance(20) ? prng.u64() & 0x68_c000n : 0n);

const ttbr = (prng: Prng): bigint =>
  (prng.chance(90) ? tableOf(prng, 1) : page(prng, ARENA, ARENA_PAGES)) | (BigInt(prng.below(3)) << 48n);
/** M mostly, A, C, SA, SA0, I, WXN, EE and E0E, and what lets EL0 do something. */
const sctlr = (prng: Prng): bigint =>
  (prng.chance(75) ? 1n : 0n) |
  (prng.chance(15) ? prng.u64() & 0x0308_001en : 0n) |
  0x0405_d000n |
  (prng.u64() & 0x80_0000n);

function registers(prng: Prng): Partial<Record<SysregSlot, bigint>> {
  const bits = prng.u64() & prng.u64();
  const hcr = HCR_BITS.reduce((all, bit) => all | (((bits >> BigInt(bit)) & 1n) << BigInt(bit)), 0n);
  const host = prng.below(4);
  return {
    HCR_EL2:
      hcr |
      HCR_RW |
      (prng.chance(60) ? HCR_VM : 0n) |
      (host === 0 ? 1n << 34n : 0n) |
      (host === 1 ? 0x4_0800_0000n : 0n),
    VTCR_EL2: vtcr(prng),
    VTTBR_EL2: ttbr(prng),
    TTBR0_EL1: ttbr(prng),
    TTBR1_EL1: ttbr(prng),
    TTBR0_EL2: ttbr(prng),
    TTBR1_EL2: ttbr(prng),
    TCR_EL1: tcr(prng),
    TCR_EL2: prng.chance(50) ? tcr(prng) : tcrOfEl2(prng),
    SCTLR_EL1: sctlr(prng),
    SCTLR_EL2: prng.chance(60) ? sctlr(prng) & ~1n : sctlr(prng),
    MAIR_EL1: prng.chance(70) ? 0xffff_ffff_ff00_ffffn : prng.u64(),
    MAIR_EL2: prng.chance(70) ? 0xffff_ffff_ff00_ffffn : prng.u64(),
    CPACR_EL1: prng.chance(80) ? 3n << 20n : 0n,
    CPTR_EL2: prng.chance(80) ? 3n << 20n : prng.u64(),
    CNTHCTL_EL2: prng.u64(),
    MDCR_EL2: prng.chance(80) ? 6n : prng.u64(),
    VBAR_EL1: page(prng, CODE, 1),
    VBAR_EL2: page(prng, CODE, 1),
  };
}

/** PSTATE of EL0t, EL1t, EL1h, EL2t or EL2h, with PAN, UAO and masks as they come. */
const pstate = (prng: Prng): number => prng.pick([0, 4, 5, 5, 8, 9, 9]) | (prng.u32() & 0x00c0_03c0);

/** A world whose CPU begins anew, with other controls, every `round`. */
export class WildRegimes {
  readonly world: World;
  private readonly prng: Prng;

  constructor(mode: EngineMode, seed: number, model: string) {
    this.prng = new Prng(seed);
    const words = new Uint32Array(wildImage(this.prng, CODE_WORDS).buffer);
    const code = (a: { word(word: number): unknown }): void => words.forEach((word) => void a.word(word));
    this.world = new World(mode, { name: `regimes ${seed}`, code, model });
    this.world.system.bus.writeBytes(ARENA, arena(this.prng));
  }

  /** Runs at most `limit` instructions from a random place with random controls. */
  round(limit: number): void {
    const { prng, world } = this;
    const { cpu } = world;
    const { state, model } = cpu;
    for (const [name, value] of Object.entries(registers(prng))) {
      state.set(R[name as SysregSlot], legal(name as SysregSlot, value, model));
    }
    state.pstate = pstate(prng);
    const place = (): bigint => BigInt(CODE + prng.below(CODE_WORDS) * 4);
    const address = (): bigint =>
      prng.pick([place(), page(prng, DATA, 16), page(prng, ARENA, ARENA_PAGES), prng.u64()]);
    for (const slot of [...X, ...SP]) state.set(slot, address());
    state.set(PC, place());
    cpu.waiting = 'running';
    cpu.irqLine = prng.chance(20);
    cpu.contextChanged();
    world.run(1 + prng.below(limit));
  }
}
