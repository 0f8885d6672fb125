/** The GICv2m frame: its registers as QEMU's, and writes that become SPIs. */

import { expect, it } from 'vitest';
import { Gicv2m } from '../../../src/devices/gicv2/gicv2m.ts';
import { Driver } from './driver.ts';

function frame(): { device: Gicv2m; pulses: number[]; errors: string[] } {
  const pulses: number[] = [];
  const errors: string[] = [];
  const device = new Gicv2m(48, 64, { pulse: (spi) => pulses.push(spi), onGuestError: (text) => errors.push(text) });
  return { device, pulses, errors };
}

it('tells its SPIs and what it is', () => {
  const { device, errors } = frame();
  expect([device.read(0x008, 4), device.read(0xfcc, 4)]).toEqual([0x0050_0040, 0x0510_0000]);
  expect(errors).toEqual([]);
  expect([device.read(0x040, 4), device.read(0x008, 2)]).toEqual([0, 0]);
  expect(errors).toHaveLength(2);
});

it('raises the SPIs that are its own, by words and halfwords', () => {
  const { device, pulses, errors } = frame();
  device.write(0x040, 4, 80);
  device.write(0x040, 2, 143);
  device.write(0x040, 4, 0xffff_fc50);
  expect([pulses, errors]).toEqual([[48, 111, 48], []]);
  for (const value of [0, 79, 144, 1023]) device.write(0x040, 4, value);
  device.write(0x040, 1, 80);
  device.write(0x044, 4, 80);
  expect(pulses).toHaveLength(3);
  expect(errors).toHaveLength(6);
});

it('makes an edge-triggered SPI pending', () => {
  const d = new Driver();
  const pulse = (spi: number): void => {
    d.gic.setSpi(spi, true);
    d.gic.setSpi(spi, false);
  };
  const device = new Gicv2m(48, 64, { pulse, onGuestError: () => {} });
  d.gicd(0xc00 + 4 * (80 >>> 4), 0xaaaa_aaaa);
  device.write(0x040, 4, 81);
  expect([d.has(0x200, 80), d.has(0x200, 81)]).toEqual([false, true]);
});
