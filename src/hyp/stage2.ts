/** The stage-2 tables of one VM, in emulated physical memory where the CPUs walk them. */

import { type Ipa, type Pa, pa } from '../arch/addresses.ts';
import { type Bus, FRAME_SHIFT } from '../devices/bus.ts';
import { descriptorAddress } from '../mmu/descriptor.ts';
import { FINAL_LEVEL, levelShift, strideOf } from '../mmu/geometry.ts';
import { OutOfFrames } from './errors.ts';
import type { FrameAllocator } from './frames.ts';
import type { Stage2Shape } from './stage2-shape.ts';

/** TLB maintenance for the VM whose tables change, on every CPU. */
export interface Stage2Maintenance {
  /** Removes what was cached for an IPA, by stage 2 alone and by both stages together. */
  invalidate(ipa: Ipa): void;
  /** Removes all that was cached for the VM. */
  invalidateAll(): void;
}

/** A page as the tables have it. */
export interface Leaf {
  readonly pa: Pa;
  readonly writable: boolean;
}

/** Descriptor bits (DDI 0487, "Stage 2 attribute fields in VMSAv8-64 Block and Page descriptors"). */
const TABLE_OR_PAGE = 0b11;
const MEMATTR_WRITE_BACK = 0b1111 << 2;
const S2AP_READ = 1 << 6;
const S2AP_WRITE = 1 << 7;
const SH_INNER = 3 << 8;
const AF = 1 << 10;
const PAGE = AF | SH_INNER | S2AP_READ | MEMATTR_WRITE_BACK | TABLE_OR_PAGE;

const TWO_TO_32 = 0x1_0000_0000;

/** Maps pages of the granule. IPAs must lie inside the VM's IPA size. */
export class Stage2 {
  readonly root: Pa;
  /** Pages mapped now. */
  pages = 0;
  /** Valid entries of each table below the root, by the table's PA. */
  private readonly population = new Map<number, number>();
  /** Of the last `find`: by level the tables that it came through, and the last such level. */
  private readonly path: Pa[] = [];
  private depth = 0;

  /** Throws OutOfFrames when there is no room for the root. */
  constructor(
    private readonly bus: Bus,
    private readonly frames: FrameAllocator,
    private readonly shape: Stage2Shape,
    private readonly maintenance: Stage2Maintenance,
  ) {
    const order = Math.log2(shape.rootTables) + this.tableOrder;
    const root = frames.alloc(order);
    if (root === undefined) throw new OutOfFrames(2 ** (order + FRAME_SHIFT), frames.freeBytes);
    this.root = root;
  }

  /** Tables in use, each table of the root counted. */
  get tables(): number {
    return this.shape.rootTables + this.population.size;
  }

  /** The page that an IPA is mapped to. */
  lookUp(ipa: Ipa): Leaf | undefined {
    const at = this.find(ipa, false);
    if (at === undefined || !this.isValid(at)) return undefined;
    return { pa: this.target(at), writable: (this.low(at) & S2AP_WRITE) !== 0 };
  }

  /** Maps the page around an IPA; a page that is mapped is replaced. False, and nothing changes, when no table can be had. */
  map(ipa: Ipa, page: Pa, writable: boolean): boolean {
    const at = this.find(ipa, true);
    if (at === undefined) {
      this.prune(ipa);
      return false;
    }
    if (this.isValid(at)) {
      this.breakEntry(at, ipa);
    } else {
      this.pages++;
      this.count(this.path[FINAL_LEVEL], 1);
    }
    this.write(at, page, PAGE | (writable ? S2AP_WRITE : 0));
    return true;
  }

  /** Gives or takes the right to write; the output address stays, so no break is needed. False if it is not mapped. */
  protect(ipa: Ipa, writable: boolean): boolean {
    const at = this.find(ipa, false);
    if (at === undefined || !this.isValid(at)) return false;
    this.write(at, this.target(at), PAGE | (writable ? S2AP_WRITE : 0));
    this.maintenance.invalidate(ipa);
    return true;
  }

  /** Takes a page out, and tables that are empty then; gives its PA, or undefined if it was not mapped. */
  unmap(ipa: Ipa): Pa | undefined {
    const at = this.find(ipa, false);
    if (at === undefined || !this.isValid(at)) return undefined;
    const page = this.target(at);
    this.breakEntry(at, ipa);
    this.pages--;
    this.count(this.path[FINAL_LEVEL], -1);
    this.prune(ipa);
    return page;
  }

  /** Frees every table. Nothing may use this object afterwards. */
  destroy(): void {
    this.maintenance.invalidateAll();
    for (const table of this.population.keys()) this.frames.free(pa(table));
    this.population.clear();
    this.frames.free(this.root);
  }

  /** log2 of the frames that a table fills. */
  private get tableOrder(): number {
    return this.shape.granuleBits - FRAME_SHIFT;
  }

  /** PA of the entry for an IPA in a table at `level`; the tables of the root follow each other. */
  private entryAt(table: Pa, ipa: Ipa, level: number): Pa {
    const { granuleBits, startLevel } = this.shape;
    const index = Math.floor(ipa / 2 ** levelShift(granuleBits, level));
    return pa(table + 8 * (level === startLevel ? index : index % 2 ** strideOf(granuleBits)));
  }

  /** PA of the last-level entry for an IPA; undefined where a table is missing, and with `make` cannot be had. */
  private find(ipa: Ipa, make: boolean): Pa | undefined {
    this.depth = this.shape.startLevel;
    this.path[this.depth] = this.root;
    while (this.depth < FINAL_LEVEL) {
      const table = this.path[this.depth];
      const at = this.entryAt(table, ipa, this.depth);
      if (!this.isValid(at) && !(make && this.makeTable(table, at))) return undefined;
      this.path[++this.depth] = this.target(at);
    }
    return this.entryAt(this.path[FINAL_LEVEL], ipa, FINAL_LEVEL);
  }

  private makeTable(parent: Pa, at: Pa): boolean {
    const table = this.frames.alloc(this.tableOrder);
    if (table === undefined) return false;
    this.population.set(table, 0);
    this.count(parent, 1);
    this.write(at, table, TABLE_OR_PAGE);
    return true;
  }

  /** Frees the tables that the last `find`, for the same IPA, came through and that have no entry left. */
  private prune(ipa: Ipa): void {
    for (let level = this.depth; level > this.shape.startLevel; level--) {
      const table = this.path[level];
      if (this.population.get(table) !== 0) return;
      const parent = this.path[level - 1];
      this.breakEntry(this.entryAt(parent, ipa, level - 1), ipa);
      this.count(parent, -1);
      this.population.delete(table);
      this.frames.free(table);
    }
  }

  private count(table: Pa, change: number): void {
    const entries = this.population.get(table);
    if (entries !== undefined) this.population.set(table, entries + change);
  }

  /** Break of break-before-make: no CPU uses the entry any more (DDI 0487, "Using break-before-make"). */
  private breakEntry(at: Pa, ipa: Ipa): void {
    this.bus.write32(at, 0);
    this.bus.write32(at + 4, 0);
    this.maintenance.invalidate(ipa);
  }

  /** Writes a valid descriptor, the half with its valid bit last. */
  private write(at: Pa, address: Pa, attributes: number): void {
    this.bus.write32(at + 4, Math.floor(address / TWO_TO_32));
    this.bus.write32(at, (address % TWO_TO_32) + attributes);
  }

  private low(at: Pa): number {
    return this.bus.read32(at) ?? 0;
  }
  private isValid(at: Pa): boolean {
    return (this.low(at) & 1) !== 0;
  }
  private target(at: Pa): Pa {
    return pa(descriptorAddress(this.bus.read32(at + 4) ?? 0, this.low(at), this.shape.granuleBits));
  }
}
