import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import { ImageError } from '../../../src/arch/image/image-error.ts';
import { loadImage } from '../../../src/arch/image/loader.ts';
import { Bus } from '../../../src/devices/bus.ts';
import { errorOf } from '../error-of.ts';
import { buildElf } from './elf-builder.ts';

const RAM = 0x4000_0000;
const MIB = 0x10_0000;
const deviceTree = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 1, 2, 3, 4);

function load(file: Uint8Array, ramBytes = 512 * MIB) {
  const bus = new Bus(new HostMemory());
  bus.addRam(RAM, ramBytes);
  return { bus, image: loadImage(bus, { file, ramBase: RAM, ramBytes, deviceTree }) };
}

/** An arm64 Image: `text_offset`, `image_size` and flags in a file of `bytes` bytes. */
function linuxImage(textOffset: bigint, imageSize: bigint, flags = 0xan, bytes = 64): Uint8Array {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(8, textOffset, true);
  view.setBigUint64(16, imageSize, true);
  view.setBigUint64(24, flags, true);
  file.set([0x41, 0x52, 0x4d, 0x64], 56);
  return file;
}

describe('image loader', () => {
  it('puts a flat binary and its device tree where QEMU 7.2 does', () => {
    const { bus, image } = load(Uint8Array.of(1, 2, 3, 4));
    expect(image).toMatchObject({
      format: 'flat',
      entry: 0x4008_0000,
      x0: 0x4800_0000,
      deviceTreeAddress: 0x4800_0000,
    });
    expect(bus.readBytes(0x4008_0000, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(bus.readBytes(0x4800_0000, 8)).toEqual(deviceTree);
    expect(load(Uint8Array.of(1), 64 * MIB).image.x0).toBe(0x4200_0000);
  });

  it('puts an Image by its header', () => {
    expect(load(linuxImage(0x8_0000n, 0x100n)).image).toMatchObject({ format: 'Image', entry: 0x4008_0000 });
    expect(load(linuxImage(0n, 0x100n)).image.entry).toBe(0x4020_0000);
    expect(load(linuxImage(0n, 0n)).image.entry).toBe(0x4008_0000);
  });

  it('keeps the device tree clear of a large Image and of its BSS', () => {
    expect(load(linuxImage(0n, BigInt(200 * MIB) + 1n)).image.x0).toBe(RAM + 204 * MIB);
  });

  it('gives an ELF its device tree at the start of RAM when there is room, and x0 = 0', () => {
    const { bus, image } = load(buildElf(0x4000_0008n, [{ address: RAM + 8, bytes: 16 }]));
    expect(image).toMatchObject({ format: 'ELF', entry: 0x4000_0008, x0: 0, deviceTreeAddress: RAM });
    expect(bus.readBytes(RAM, 12)).toEqual(Uint8Array.of(...deviceTree, 1, 2, 3, 4));
    expect(load(buildElf(0x4000_0004n, [{ address: RAM + 4, bytes: 16 }])).image.deviceTreeAddress).toBeUndefined();
  });

  it('reports the ranges that an ELF uses, and touches no BSS', () => {
    const { bus, image } = load(
      buildElf(0x4010_0000n, [
        { address: 0x4100_0000, bytes: 0, memoryBytes: 64 * MIB, flags: 6 },
        { address: 0x4010_0000, bytes: 16 },
      ]),
    );
    expect(image.ranges).toEqual([
      { address: 0x4010_0000, bytes: 16 },
      { address: 0x4100_0000, bytes: 64 * MIB },
    ]);
    expect(bus.frames).toBe(2);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /^the file is empty/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /gzip file; unpack/],
    ['a device tree', deviceTree, /is a device tree/],
    [
      'a segment below RAM',
      buildElf(0n, [{ address: 0, bytes: 4 }]),
      /^segment 0 at 0x0 to 0x4 is outside RAM \(0x40000000 to 0x60000000\): link/,
    ],
    [
      'a segment above RAM',
      buildElf(0x4000_0000n, [{ address: RAM, bytes: 4, memoryBytes: 2 ** 40 }]),
      /outside RAM.*-m/,
    ],
    ['a wild text_offset', linuxImage(2n ** 60n, 1n), /^damaged arm64 Image/],
    ['a big-endian Image', linuxImage(0n, 0x100n, 1n), /^big-endian/],
    ['an Image larger than RAM', linuxImage(0n, 2n ** 40n), /^arm64 Image .* outside RAM/],
    ['no room for the device tree', linuxImage(0n, BigInt(510 * MIB)), /^device tree at 0x60000000 .* outside RAM/],
  ])('refuses %s', (_, file, message) => {
    expect(() => load(file)).toThrow(ImageError);
    expect(() => load(file)).toThrow(message);
  });

  it('refuses memory that is not all RAM', () => {
    const hole = { writeBytes: () => false };
    const request = { file: Uint8Array.of(1), ramBase: RAM, ramBytes: 64 * MIB, deviceTree };
    expect(() => loadImage(hole, request)).toThrow(/^flat binary at 0x40080000, 0x1 bytes, is not all RAM/);
  });

  it('never lets the device tree overlap the image', () => {
    const arbitrary = fc.tuple(fc.integer({ min: 4, max: 512 }), fc.nat(0x4000), fc.nat(600 * MIB));
    const target = { writeBytes: () => true };
    fc.assert(
      fc.property(arbitrary, ([mib, textPages, imageSize]) => {
        const file = linuxImage(BigInt(textPages) * 4096n, BigInt(imageSize));
        const place = () => {
          const { ranges, x0 } = loadImage(target, { file, ramBase: RAM, ramBytes: mib * MIB, deviceTree });
          expect(x0).toBeGreaterThanOrEqual(ranges[0].address + ranges[0].bytes);
          expect(x0 + deviceTree.length).toBeLessThanOrEqual(RAM + mib * MIB);
        };
        expect([undefined, ImageError]).toContain(errorOf(place));
      }),
    );
  });
});
