/** The lookup of one stage, from its first table to a leaf descriptor: the only loop over levels there is. */

import type { FaultKind } from '../arch/fault.ts';
import {
  ACCESS_FLAG,
  descriptorAddress,
  descriptorKind,
  hasAccessFlag,
  hasDirtyModifier,
  hierarchyOf,
  isContiguous,
  WRITE_PERMISSION,
} from './descriptor.ts';
import { bitField, contiguousBits, levelShift, lowBits, strideOf } from './geometry.ts';
import type { DescriptorMemory } from './memory.ts';
import type { Tables } from './tables.ts';
import type { WalkStep, WalkVisitor } from './visitor.ts';
import type { WalkCacheEntry } from './walk-cache.ts';

/** log2 of the largest range that a TLB entry holds. */
const MAX_ENTRY_SHIFT = 30;

/** A lookup and, after success, the leaf that it found. Each stage says how it reads descriptors and reports faults. */
export abstract class TableWalk {
  /** The leaf: its two halves, level, output address and log2 of the bytes that it maps. */
  hi = 0;
  lo = 0;
  level = 0;
  address = 0;
  shift = 0;
  /** Hardware makes the leaf writable at the first write (DBM with HD); its descriptor still says read-only. */
  clean = false;
  /** Address of the leaf's descriptor, in the space of the tables, and their byte order. */
  private at = 0;
  private bigEndian = false;
  /** Limits of the table descriptors above the leaf (see `hierarchyOf`). */
  hierarchy = 0;

  protected constructor(
    protected readonly memory: DescriptorMemory,
    protected readonly step: WalkStep,
  ) {}

  /** PA of the descriptor at `address`, in the space that the tables of this stage live in; -1 after a fault. */
  protected abstract descriptorPa(address: number, level: number, visitor: WalkVisitor | undefined): number;
  /** The same for a write of the descriptor. */
  protected abstract writablePa(address: number, visitor: WalkVisitor | undefined): number;
  /** WRITE_PERMISSION of a leaf descriptor that is not writable. */
  protected abstract readonly readOnlyBit: number;
  /** Records a fault of this stage. */
  protected abstract fail(kind: FaultKind, level: number): false;

  /** A cached descriptor of a table that translates the input address, to begin below it. */
  protected abstract cachedTable(tables: Tables, inputHi: number, inputLo: number): WalkCacheEntry | undefined;
  /** Keeps the table descriptor of `level` that was read last, for the next lookups near the input address. */
  protected abstract keepTable(
    granuleBits: number,
    level: number,
    table: number,
    inputHi: number,
    inputLo: number,
  ): void;
  /** Whether the Contiguous bit of the leaf counts. */
  protected abstract readonly joins: boolean;

  /** Looks up an input address that is within `tables.inputBits`. False: `fail` recorded why. */
  protected lookUp(tables: Tables, inputHi: number, inputLo: number, visitor: WalkVisitor | undefined): boolean {
    const { granuleBits, outputLimit } = tables;
    if (!tables.usable) return this.fail('translation', 0);
    if (tables.base >= outputLimit) return this.fail('addressSize', 0);
    const cached = this.cachedTable(tables, inputHi, inputLo);
    const first = cached === undefined ? tables.startLevel : cached.level + 1;
    let base = cached?.table ?? tables.base;
    let indexBits = cached === undefined ? tables.inputBits - levelShift(granuleBits, first) : strideOf(granuleBits);
    this.hierarchy = cached?.hierarchy ?? 0;
    for (let level = first; ; level++, indexBits = strideOf(granuleBits)) {
      const shift = levelShift(granuleBits, level);
      const at = base + bitField(inputHi, inputLo, shift, indexBits) * 8;
      const pa = this.descriptorPa(at, level, visitor);
      if (pa < 0) return false;
      if (!this.fetch(pa, tables.bigEndian)) return this.fail('externalOnWalk', level);
      const kind = descriptorKind(this.lo, level, granuleBits);
      if (visitor !== undefined) {
        this.step.start = level === tables.startLevel;
        this.step.level = level;
        this.step.granuleBits = granuleBits;
        this.step.descriptorAddress = at;
        this.step.hi = this.hi;
        this.step.lo = this.lo;
        this.step.kind = kind;
        visitor.step(this.step);
      }
      if (kind === 'invalid') return this.fail('translation', level);
      base = descriptorAddress(this.hi, this.lo, kind === 'table' ? granuleBits : shift);
      if (base >= outputLimit) return this.fail('addressSize', level);
      if (kind === 'table') {
        this.hierarchy |= hierarchyOf(this.hi);
        this.keepTable(granuleBits, level, base, inputHi, inputLo);
        continue;
      }
      if (!hasAccessFlag(this.lo) && !tables.setsAccessFlag) return this.fail('accessFlag', level);
      this.level = level;
      this.at = at;
      this.bigEndian = tables.bigEndian;
      this.clean =
        tables.setsDirtyState && hasDirtyModifier(this.hi) && (this.lo & WRITE_PERMISSION) === this.readOnlyBit;
      this.shift = shift + this.joinedBits(granuleBits, level, base, inputLo);
      this.address = base - lowBits(base, this.shift);
      return true;
    }
  }

  /**
   * Sets the leaf's Access flag in memory, and for a write through a clean leaf its dirty state, where they are not yet so
   * (DDI 0487, "Hardware management of the Access flag and dirty state"). False: a fault was recorded.
   */
  protected mark(write: boolean, visitor: WalkVisitor | undefined): boolean {
    const dirtied = write && this.clean;
    if (hasAccessFlag(this.lo) && !dirtied) return true;
    const lo = (dirtied ? this.lo ^ WRITE_PERMISSION : this.lo) | ACCESS_FLAG;
    const pa = this.writablePa(this.at, visitor);
    if (pa < 0) return false;
    const written = this.bigEndian
      ? this.memory.write(pa, byteSwapped(lo), byteSwapped(this.hi))
      : this.memory.write(pa, this.hi, lo);
    if (!written) return this.fail('externalOnWalk', this.level);
    this.lo = lo;
    if (dirtied) this.clean = false;
    return true;
  }

  /** log2 of how many leaves like the one just read share one TLB entry, by its Contiguous bit. */
  private joinedBits(granuleBits: number, level: number, address: number, inputLo: number): number {
    if (!this.joins || !isContiguous(this.hi)) return 0;
    const shift = levelShift(granuleBits, level);
    const bits = contiguousBits(granuleBits, level);
    if (shift + bits > MAX_ENTRY_SHIFT) return 0;
    // A misaligned output address makes the set of leaves CONSTRAINED UNPREDICTABLE: each then stands alone.
    const mask = (1 << (shift + bits)) - (1 << shift);
    return ((address ^ inputLo) & mask) === 0 ? bits : 0;
  }

  /** Reads one descriptor into `hi` and `lo`; false: external abort. */
  private fetch(pa: number, bigEndian: boolean): boolean {
    if (!this.memory.read(pa)) return false;
    this.hi = bigEndian ? byteSwapped(this.memory.lo) : this.memory.hi;
    this.lo = bigEndian ? byteSwapped(this.memory.hi) : this.memory.lo;
    return true;
  }
}

const byteSwapped = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
