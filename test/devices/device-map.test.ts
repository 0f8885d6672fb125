/** The map of devices: regions by PA, and the pages by which accesses find them again. */

import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/devices/device.ts';
import { DeviceMap, type DeviceRegion } from '../../src/devices/device-map.ts';

const PAGE = 0xa00_0000;
const device = (name: string): Device => ({ name, read: () => 0, write: () => {} });
const region = (name: string, base: number, size: number, isMemoryToo = false): DeviceRegion => ({
  base,
  size,
  device: device(name),
  isMemoryToo,
});
function mapOf(...regions: DeviceRegion[]): DeviceMap {
  const map = new DeviceMap();
  for (const each of regions) map.add(each);
  return map;
}
const nameAt = (map: DeviceMap, number: number, offset: number): string | undefined =>
  map.partAt(number, offset)?.region.device.name;

describe('the map of devices', () => {
  it('finds the regions of a page, and nothing between them', () => {
    const map = mapOf(region('first', PAGE, 0x200), region('second', PAGE + 0x400, 0x200));
    const number = map.pageOf(PAGE + 0x404);
    expect(number).toBeGreaterThan(0);
    expect(map.pageOf(PAGE)).toBe(number);
    expect([0, 0x1ff, 0x200, 0x400, 0x5ff, 0x600].map((offset) => nameAt(map, number, offset))).toEqual([
      'first',
      'first',
      undefined,
      'second',
      'second',
      undefined,
    ]);
  });

  it('tells how far into a region its page is', () => {
    const map = mapOf(region('large', PAGE - 0x2000, 0x8000));
    const part = map.partAt(map.pageOf(PAGE + 8), 8);
    expect(8 - (part?.first ?? 0)).toBe(0x2008);
  });

  it('has no page where nothing answers, or memory does at times', () => {
    const map = mapOf(region('flash', PAGE, 0x1000, true), region('uart', PAGE + 0x1000, 0x1000));
    expect(map.pageOf(PAGE)).toBe(0);
    expect(map.pageOf(PAGE + 0x2000)).toBe(0);
    expect(map.pageOf(PAGE + 0x1ffc)).toBeGreaterThan(0);
  });

  it('finds a region that came after the page', () => {
    const map = mapOf(region('first', PAGE, 0x200));
    const number = map.pageOf(PAGE);
    map.add(region('second', PAGE + 0x200, 0x200));
    expect(nameAt(map, number, 0x200)).toBe('second');
  });
});
