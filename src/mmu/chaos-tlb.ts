/**
 * An adversarial TLB: does, at random but repeatably, what the architecture lets a TLB do and a simple one never does, so
 * that software which relies on luck fails (DDI 0487, "Translation Lookaside Buffers", "TLB maintenance requirements").
 */

import type { Regime } from './regime.ts';
import { spaceOf, Tlb } from './tlb.ts';
import { SPACE_S2, type TlbEntry } from './tlb-entry.ts';
import type { Speculator } from './tlb-hooks.ts';
import type { TlbPool } from './tlb-pool.ts';
import { WalkCache } from './walk-cache.ts';

/** Addresses remembered, of all contexts: what one address space uses is a good guess for the next. */
const RECENT = 64;
/** Speculative walks at most at a miss, and after a change of registers, when wrong entries are most likely. */
const WALKS_AT_MISS = 3;
const WALKS_AT_SWITCH = 12;

/** Uniform random integers from a seed (mulberry32). */
class Random {
  constructor(private state: number) {}

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}

/**
 * Fills speculatively from the current tables with the current ASID and VMID, evicts at random what it could bring back
 * unchanged, keeps what is stale until maintenance or capacity removes it, caches table descriptors, and honours the
 * Contiguous bit. It acts at misses and at register changes alone: a hit that one engine has and another has not makes no
 * difference.
 */
class ChaosTlb extends Tlb {
  private readonly recentHi = new Int32Array(RECENT);
  private readonly recentLo = new Uint32Array(RECENT);
  private recent = 0;

  constructor(private readonly random: Random) {
    // Some seeds hoard, others run out of room all the time.
    super(2 ** (4 + random.below(9)), 2 ** (3 + random.below(7)), new WalkCache(2 ** random.below(7)), true);
  }

  override missed(regime: Regime, vaHi: number, vaLo: number, speculator: Speculator): TlbEntry | undefined {
    const at = this.recent++ % RECENT;
    this.recentHi[at] = vaHi;
    this.recentLo[at] = vaLo;
    this.disturb(regime, speculator, this.random.below(WALKS_AT_MISS + 1), vaHi, vaLo);
    return regime.stage1On ? this.peek(regime, vaHi, vaLo) : undefined;
  }

  override switched(regime: Regime, speculator: Speculator): void {
    if (this.recent === 0) return;
    const at = this.pickRecent();
    this.disturb(regime, speculator, this.random.below(WALKS_AT_SWITCH + 1), this.recentHi[at], this.recentLo[at]);
  }

  private disturb(regime: Regime, speculator: Speculator, walks: number, vaHi: number, vaLo: number): void {
    if (!regime.stage1On && !regime.stage2On) return;
    if (regime.stage1On) this.evictSome(regime, this.byVa, speculator);
    if (regime.stage2On) this.evictSome(regime, this.byIpa, speculator);
    for (let i = 0; i < walks; i++) {
      if (this.random.below(2) === 0) {
        const lo = (vaLo + (this.random.below(9) - 4) * 2 ** (12 + 9 * this.random.below(2))) >>> 0;
        speculator.fill(regime, vaHi, lo);
      } else {
        const at = this.pickRecent();
        speculator.fill(regime, this.recentHi[at], this.recentLo[at]);
      }
    }
  }

  private pickRecent(): number {
    return this.random.below(Math.min(this.recent, RECENT));
  }

  /** Evicts an entry of the current context or none: what is stale may still do harm, and what others left too. */
  private evictSome(regime: Regime, pool: TlbPool, speculator: Speculator): void {
    if (pool.size === 0) return;
    const entry = pool.read(pool.slotOf(this.random.below(pool.size)));
    if (this.random.below(2) === 0 || entry.vmid !== regime.vmid) return;
    const here =
      entry.space === SPACE_S2 || (entry.space === spaceOf(regime) && (entry.global || entry.asid === regime.asid));
    if (here && speculator.isFresh(regime, entry)) this.evict(pool, entry.slot);
  }
}

/** A TLB that behaves as badly as the architecture allows; the same seed and accesses give the same behaviour. */
export const chaosTlb = (seed: number): Tlb => new ChaosTlb(new Random(seed));
