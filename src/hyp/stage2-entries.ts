/** Entries of stage-2 tables in emulated physical memory: where they are, what they say, and how they are written. */

import { type Ipa, type Pa, pa } from '../arch/addresses.ts';
import type { Bus } from '../devices/bus.ts';
import { descriptorAddress, descriptorKind, hasAccessFlag } from '../mmu/descriptor.ts';
import { FINAL_LEVEL, levelShift, strideOf } from '../mmu/geometry.ts';
import type { Stage2Shape } from './stage2-shape.ts';

/** Descriptor bits (DDI 0487, "Stage 2 attribute fields in VMSAv8-64 Block and Page descriptors"). */
const VALID = 1 << 0;
const TABLE_OR_PAGE = 0b11;
const MEMATTR_WRITE_BACK = 0b1111 << 2;
const S2AP_READ = 1 << 6;
const S2AP_WRITE = 1 << 7;
const SH_INNER = 3 << 8;
const AF = 1 << 10;
/** Low bits that attributes and type fill; the smallest granule leaves twelve. */
const ATTRIBUTES = 0xffc;

const TWO_TO_32 = 0x1_0000_0000;

/** Attributes of a leaf that the guest may read and execute, also write, or that holds the registers of a device. */
export const READ_ONLY = AF | SH_INNER | S2AP_READ | MEMATTR_WRITE_BACK;
export const READ_WRITE = READ_ONLY | S2AP_WRITE;
/** Device-nGnRnE (MemAttr 0). */
export const DEVICE = AF | S2AP_READ | S2AP_WRITE;

/** The tables of one VM as memory. Levels and sizes are those of its shape. */
export class Stage2Entries {
  /** By level: see `span` and `count`. */
  private readonly spans: readonly number[];
  private readonly counts: readonly number[];

  constructor(
    private readonly bus: Bus,
    private readonly shape: Stage2Shape,
  ) {
    const { granuleBits, startLevel, ipaBits } = shape;
    const levels = Array.from({ length: FINAL_LEVEL + 1 }, (_, level) => level);
    this.spans = levels.map((level) => 2 ** levelShift(granuleBits, level));
    this.counts = levels.map(
      (level) => 2 ** (level === startLevel ? ipaBits - levelShift(granuleBits, level) : strideOf(granuleBits)),
    );
  }

  /** Bytes that one entry at `level` maps. */
  span(level: number): number {
    return this.spans[level];
  }
  /** Entries of a table at `level`; those of the root follow each other. */
  count(level: number): number {
    return this.counts[level];
  }
  /** PA of the entry for an IPA in a table at `level`. */
  at(table: Pa, ipa: number, level: number): Pa {
    return pa(table + 8 * (Math.floor(ipa / this.span(level)) % this.count(level)));
  }

  isValid(at: Pa): boolean {
    return (this.low(at) & VALID) !== 0;
  }
  isTable(at: Pa, level: number): boolean {
    return descriptorKind(this.low(at), level, this.shape.granuleBits) === 'table';
  }
  isWritable(at: Pa): boolean {
    return (this.low(at) & S2AP_WRITE) !== 0;
  }
  /** AF: the leaf was used since the flag was cleared. */
  isUsed(at: Pa): boolean {
    return hasAccessFlag(this.low(at));
  }
  /** Rights, memory type and access flag of a leaf. */
  attributes(at: Pa): number {
    return this.low(at) & ATTRIBUTES;
  }

  /** PA of the table that an entry points to. */
  table(at: Pa): Pa {
    return this.address(at, this.shape.granuleBits);
  }
  /** First PA that a leaf at `level` maps to. */
  output(at: Pa, level: number): Pa {
    return this.address(at, levelShift(this.shape.granuleBits, level));
  }

  writeTable(at: Pa, table: Pa): void {
    this.write(at, table, TABLE_OR_PAGE);
  }
  /** Writes a leaf; `attributes` is READ_ONLY, READ_WRITE, DEVICE or what the method of that name gave. */
  writeLeaf(at: Pa, level: number, to: Pa, attributes: number): void {
    this.write(at, to, attributes | (level === FINAL_LEVEL ? TABLE_OR_PAGE : VALID));
  }
  /** Gives or takes the right to write. */
  setWritable(at: Pa, writable: boolean): void {
    this.bus.write32(at, (this.low(at) & ~S2AP_WRITE) | (writable ? S2AP_WRITE : 0));
  }
  setUsed(at: Pa, used: boolean): void {
    this.bus.write32(at, (this.low(at) & ~AF) | (used ? AF : 0));
  }
  /** Makes an entry invalid, the half with its valid bit first. */
  clear(at: Pa): void {
    this.bus.write32(at, 0);
    this.bus.write32(pa(at + 4), 0);
  }

  /** First IPA of what an entry for an IPA at `level` maps. */
  start(ipa: number, level: number): Ipa {
    const span = this.span(level);
    return (Math.floor(ipa / span) * span) as Ipa;
  }

  /** Writes a valid descriptor, the half with its valid bit last. */
  private write(at: Pa, address: Pa, bits: number): void {
    this.bus.write32(at + 4, Math.floor(address / TWO_TO_32));
    this.bus.write32(at, (address % TWO_TO_32) + bits);
  }
  private low(at: Pa): number {
    return this.bus.read32(at) ?? 0;
  }
  private address(at: Pa, shift: number): Pa {
    return pa(descriptorAddress(this.bus.read32(at + 4) ?? 0, this.low(at), shift));
  }
}
