/** The lookup of one stage, from its first table to a leaf descriptor: the only loop over levels there is. */

import { joined } from '../arch/addresses.ts';
import type { FaultKind } from '../arch/fault.ts';
import {
  ACCESS_FLAG,
  addressHi,
  addressLo,
  descriptorKind,
  hasAccessFlag,
  hasDirtyModifier,
  hierarchyOf,
  isContiguous,
  WRITE_PERMISSION,
} from './descriptor.ts';
import { bitField, contiguousBits, levelShift, strideOf } from './geometry.ts';
import type { DescriptorMemory } from './memory.ts';
import type { Tables } from './tables.ts';
import type { WalkStep, WalkVisitor } from './visitor.ts';
import type { WalkCacheEntry } from './walk-cache.ts';

/** Bytes that a high half of an address counts. */
const HALF = 2 ** 32;
const DESCRIPTOR_BYTES = 8;
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

  /** Reads the descriptor at an address in the space that the tables of this stage live in into `memory`; false: it failed. */
  protected abstract read(hi: number, lo: number, level: number, visitor: WalkVisitor | undefined): boolean;
  /** PA at which the descriptor at `address` is written; -1 after a fault. */
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
    const { granuleBits, outputLimit, bigEndian } = tables;
    if (!tables.usable) return this.fail('translation', 0);
    if (tables.base >= outputLimit) return this.fail('addressSize', 0);
    const limitHi = outputLimit / HALF;
    const { memory } = this;
    const stride = strideOf(granuleBits);
    const cached = this.cachedTable(tables, inputHi, inputLo);
    let level = cached === undefined ? tables.startLevel : cached.level + 1;
    let shift = levelShift(granuleBits, level);
    const first = cached?.table ?? tables.base;
    let baseHi = Math.floor(first / HALF);
    let baseLo = first | 0;
    let indexBits = cached === undefined ? tables.inputBits - shift : stride;
    this.hierarchy = cached?.hierarchy ?? 0;
    for (; ; level++, shift -= stride, indexBits = stride) {
      // A table is aligned to its size: the index carries nothing into the high half.
      const atHi = baseHi;
      const atLo = baseLo + bitField(inputHi, inputLo, shift, indexBits) * DESCRIPTOR_BYTES;
      if (!this.read(atHi, atLo, level, visitor)) return false;
      const hi = bigEndian ? byteSwapped(memory.lo) : memory.hi;
      const lo = bigEndian ? byteSwapped(memory.hi) : memory.lo;
      const kind = descriptorKind(lo, level, granuleBits);
      if (visitor !== undefined) {
        this.step.start = level === tables.startLevel;
        this.step.level = level;
        this.step.granuleBits = granuleBits;
        this.step.descriptorAddress = joined(atHi, atLo);
        this.step.hi = hi >>> 0;
        this.step.lo = lo >>> 0;
        this.step.kind = kind;
        visitor.step(this.step);
      }
      if (kind === 'invalid') return this.fail('translation', level);
      baseHi = addressHi(hi);
      baseLo = addressLo(lo, kind === 'table' ? granuleBits : shift);
      if (baseHi >= limitHi) return this.fail('addressSize', level);
      if (kind === 'table') {
        this.hierarchy |= hierarchyOf(hi);
        this.keepTable(granuleBits, level, joined(baseHi, baseLo), inputHi, inputLo);
        continue;
      }
      if (!hasAccessFlag(lo) && !tables.setsAccessFlag) return this.fail('accessFlag', level);
      this.hi = hi;
      this.lo = lo;
      this.level = level;
      this.at = joined(atHi, atLo);
      this.bigEndian = bigEndian;
      this.clean = tables.setsDirtyState && hasDirtyModifier(hi) && (lo & WRITE_PERMISSION) === this.readOnlyBit;
      this.shift = shift + this.joinedBits(granuleBits, level, baseLo, inputLo);
      this.address = joined(baseHi, baseLo & (-1 << this.shift));
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
  private joinedBits(granuleBits: number, level: number, outputLo: number, inputLo: number): number {
    if (!this.joins || !isContiguous(this.hi)) return 0;
    const shift = levelShift(granuleBits, level);
    const bits = contiguousBits(granuleBits, level);
    if (shift + bits > MAX_ENTRY_SHIFT) return 0;
    // A misaligned output address makes the set of leaves CONSTRAINED UNPREDICTABLE: each then stands alone.
    const mask = (1 << (shift + bits)) - (1 << shift);
    return ((outputLo ^ inputLo) & mask) === 0 ? bits : 0;
  }
}

const byteSwapped = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
