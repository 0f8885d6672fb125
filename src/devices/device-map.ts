/** Devices by PA: the regions in which they answer, and numbered pages through which repeated accesses find them. */

import type { Device } from './device.ts';
import { FRAME_BYTES, inFrame } from './frames.ts';

export interface DeviceRegion {
  readonly base: number;
  readonly size: number;
  readonly device: Device;
  /** At times memory answers in its place (see `Bus.showRom`). */
  readonly isMemoryToo: boolean;
}

/** What of a region lies in a page: offsets of its first byte, before the page or in it, and of the byte behind it. */
export interface PagePart {
  readonly first: number;
  readonly end: number;
  readonly region: DeviceRegion;
}

export class DeviceMap {
  readonly regions: DeviceRegion[] = [];
  /** The region that `at` found last: an access is seldom alone. */
  private last: DeviceRegion | undefined;
  /** Parts of the pages by their numbers, which begin at 1; and the numbers by PA. */
  private readonly pages: PagePart[][] = [[]];
  private readonly numbers = new Map<number, number>();

  add(region: DeviceRegion): void {
    this.regions.push(region);
    for (const [pa, number] of this.numbers) this.pages[number] = this.partsOf(pa);
  }

  /** The region with a PA. */
  at(pa: number): DeviceRegion | undefined {
    const { last } = this;
    if (last !== undefined && pa >= last.base && pa < last.base + last.size) return last;
    const found = this.regions.find(({ base, size }) => pa >= base && pa < base + size);
    if (found !== undefined) this.last = found;
    return found;
  }

  /** Number of the 4 KiB page of a PA; 0 unless its byte there is a device's and never memory. */
  pageOf(pa: number): number {
    if (this.at(pa)?.isMemoryToo !== false) return 0;
    const page = pa - inFrame(pa);
    let number = this.numbers.get(page);
    if (number === undefined) {
      number = this.pages.push(this.partsOf(page)) - 1;
      this.numbers.set(page, number);
    }
    return number;
  }

  private partsOf(page: number): PagePart[] {
    return this.regions
      .filter(({ base, size, isMemoryToo }) => !isMemoryToo && base < page + FRAME_BYTES && base + size > page)
      .map((region) => ({ first: region.base - page, end: region.base + region.size - page, region }));
  }

  /** What lies at an offset of a numbered page. */
  partAt(number: number, offset: number): PagePart | undefined {
    for (const part of this.pages[number]) if (offset >= part.first && offset < part.end) return part;
    return undefined;
  }
}
