/**
 * Finds translations that were changed without break-before-make: a TLB entry and the tables that give two different valid
 * answers for one address (DDI 0487, "Using break-before-make when updating translation table entries").
 */

import { combineAttributes, halfCacheability, isDevice, NORMAL_WRITE_BACK } from './attributes.ts';
import { type Mapping, NO_LEVEL, outputAddress } from './mapping.ts';
import type { DescriptorMemory } from './memory.ts';
import { granted } from './permissions.ts';
import type { Regime } from './regime.ts';
import type { Tlb } from './tlb.ts';
import { spaceOf } from './tlb.ts';
import { SPACE_S2, type TlbEntry } from './tlb-entry.ts';
import type { TlbInspector } from './tlb-hooks.ts';
import { READ, Translation, UNPRIVILEGED, WRITE } from './translation.ts';
import { Walker } from './walker.ts';

/** What differs. Permissions, shareability and hints may change without break-before-make. */
export type BbmConflict = 'output address' | 'memory type' | 'cacheability' | 'block size' | 'global';

/** A conflict. The reporter must copy what it keeps. */
export interface BbmViolation {
  readonly what: BbmConflict;
  /** The entry that is still in the TLB, and what the tables say instead. */
  readonly entry: TlbEntry;
  readonly found: Mapping;
  /** VA, or IPA for an entry of stage 2 alone, that both translate. */
  readonly hi: number;
  readonly lo: number;
}

/** The CPU that is watched, its regimes as the registers stand, and who is told. */
export interface BbmWatch {
  /** That of the current EL. */
  current(): Regime;
  /** EL1&0, also while EL2 runs: its stage 2 is the one that maintenance by IPA is about. */
  guest(): Regime;
  report(violation: BbmViolation): void;
}

/**
 * Compares entries with the tables when they are used, when maintenance removes them, and with one another when one is
 * added. Only entries that the current registers reach are compared, since for others the tables are not known: what is
 * reported is a violation, but not every violation is seen. A correct guest has nothing valid in its tables between the
 * break and the TLBI that ends the life of the entry.
 */
export class BreakBeforeMake implements TlbInspector {
  private readonly walker: Walker;
  private readonly out = new Translation();
  /** Entries that were reported, by `numberOf`: each is worth one line. */
  private readonly reported = new Set<number>();

  constructor(
    memory: DescriptorMemory,
    private readonly tlb: Tlb,
    private readonly watch: BbmWatch,
  ) {
    this.walker = new Walker(memory);
  }

  readonly used = (entry: TlbEntry, hi: number, lo: number): void => this.compareWithTables(entry, hi, lo);
  readonly removing = (entry: TlbEntry, hi: number, lo: number): void => this.compareWithTables(entry, hi, lo);

  readonly filled = (made: TlbEntry): void => {
    this.reported.delete(numberOf(made));
    for (const entry of this.tlb.entries()) {
      if (entry.space !== made.space || entry.slot === made.slot || entry.vmid !== made.vmid || !overlap(entry, made))
        continue;
      const smaller = entry.shift < made.shift ? entry : made;
      if (entry.global || entry.asid === made.asid) this.compare(entry, made, smaller.hi, smaller.lo);
      else if (made.global) this.violation('global', entry, made, smaller.hi, smaller.lo);
    }
  };

  private compareWithTables(entry: TlbEntry, hi: number, lo: number): void {
    const regime = this.regimeOf(entry);
    if (regime === undefined || !this.walker.walk(regime, hi, lo, READ, this.out, undefined, undefined)) return;
    this.compare(entry, this.walker.mapping, hi, lo);
  }

  /** The regime whose tables an entry should agree with; undefined if the registers do not reach the entry. */
  private regimeOf(entry: TlbEntry): Regime | undefined {
    if (entry.space === SPACE_S2) {
      const guest = this.watch.guest();
      return guest.stage2On && guest.vmid === entry.vmid ? { ...guest, stage1On: false } : undefined;
    }
    const regime = this.watch.current();
    const reached =
      regime.stage1On &&
      spaceOf(regime) === entry.space &&
      regime.vmid === entry.vmid &&
      (entry.global || regime.asid === entry.asid);
    return reached ? regime : undefined;
  }

  private compare(entry: TlbEntry, found: Mapping, hi: number, lo: number): void {
    const what = conflict(entry, found, lo);
    if (what !== undefined) this.violation(what, entry, found, hi, lo);
  }

  private violation(what: BbmConflict, entry: TlbEntry, found: Mapping, hi: number, lo: number): void {
    if (this.reported.has(numberOf(entry))) return;
    this.reported.add(numberOf(entry));
    this.watch.report({ what, entry, found, hi, lo });
  }
}

/** Tells the entries of a TLB apart. */
const numberOf = ({ space, slot }: TlbEntry): number => slot * 2 + (space === SPACE_S2 ? 1 : 0);

/** Whether two entries of one space and VMID share an address. */
function overlap(a: TlbEntry, b: TlbEntry): boolean {
  const shift = Math.max(a.shift, b.shift);
  return a.hi === b.hi && a.lo >>> shift === b.lo >>> shift;
}

/** The first rule that two translations of the address with low half `lo` break. */
function conflict(old: Mapping, found: Mapping, lo: number): BbmConflict | undefined {
  const [was, is] = [memoryType(old), memoryType(found)];
  if (isDevice(was) !== isDevice(is)) return 'memory type';
  if (!isDevice(was) && cacheability(was) !== cacheability(is)) return 'cacheability';
  const moved = outputAddress(old, lo) !== outputAddress(found, lo);
  if (moved && (isWritable(old) || isWritable(found))) return 'output address';
  if (old.level1 !== found.level1 || old.level2 !== found.level2) return 'block size';
  return !old.global && found.global ? 'global' : undefined;
}

/** Memory type of both stages as a MAIR byte; of stage 2 alone where there is no stage 1. */
export const memoryType = ({ level1, attributes1, attributes2 }: Mapping): number =>
  combineAttributes(level1 === NO_LEVEL ? NORMAL_WRITE_BACK : attributes1, attributes2);

/** Write-Back, Write-Through or not cacheable, of both halves of the MAIR byte of Normal memory. */
const cacheability = (mair: number): number => (halfCacheability(mair >>> 4) << 2) | halfCacheability(mair & 0xf);

const isWritable = ({ permissions1, permissions2 }: Mapping): boolean =>
  ((granted(permissions1, permissions2, WRITE) | granted(permissions1, permissions2, WRITE | UNPRIVILEGED)) &
    (1 << WRITE)) !==
  0;
