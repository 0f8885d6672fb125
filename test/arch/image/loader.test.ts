/** Where images, device trees and RAM disks come to lie, as on QEMU, and what is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFdt, node, strings } from '../../../src/arch/fdt.ts';
import { withChosen } from '../../../src/arch/fdt-chosen.ts';
import { parseFdt } from '../../../src/arch/fdt-parse.ts';
import { HostMemory } from '../../../src/arch/host-memory.ts';
import { ImageError } from '../../../src/arch/image/image-error.ts';
import { type LoadRequest, loadImage } from '../../../src/arch/image/loader.ts';
import { Bus } from '../../../src/devices/bus.ts';
import { errorOf } from '../error-of.ts';
import { flatten } from '../fdt-reading.ts';
import { buildElf } from './elf-builder.ts';
import { linuxImage } from './linux-image.ts';

const RAM = 0x4000_0000;
const MIB = 0x10_0000;
const deviceTree = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 1, 2, 3, 4);

function load(file: Uint8Array, ramBytes = 512 * MIB, files: Partial<LoadRequest> = {}) {
  const bus = new Bus(new HostMemory());
  bus.addRam(RAM, ramBytes);
  return { bus, image: loadImage(bus, { file, ramBase: RAM, ramBytes, deviceTree, ...files }) };
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
    expect(load(linuxImage({ textOffset: 0x8_0000 })).image).toMatchObject({ format: 'Image', entry: 0x4008_0000 });
    expect(load(linuxImage({})).image.entry).toBe(0x4020_0000);
    expect(load(linuxImage({ imageSize: 0 })).image.entry).toBe(0x4008_0000);
  });

  it('keeps the device tree clear of a large Image and of its BSS', () => {
    expect(load(linuxImage({ imageSize: 200 * MIB + 1 })).image.x0).toBe(RAM + 204 * MIB);
  });

  const small = encodeFdt(node('', {}, [node('memory@0', {})]));

  it.each([
    // What QEMU 7.2 puts into linux,initrd-start.
    [1024, {}, 0x4800_0000],
    [200, {}, 0x4640_0000],
    [128, {}, 0x4400_0000],
    [1024, { imageSize: 200 * MIB + 1 }, 0x4ca0_1000],
    [1024, { textOffset: 0x8_0000 }, 0x4800_0000],
  ])('puts the RAM disk of a kernel into %i MiB where QEMU does, %o', (mib, fields, address) => {
    const initrd = new Uint8Array(5000).fill(7);
    const { bus, image } = load(linuxImage(fields), mib * MIB, { initrd, deviceTree: small });
    expect(image.initrd).toEqual({ address, bytes: 5000 });
    expect(bus.readBytes(address, 5000)).toEqual(initrd);
    expect(image.x0).toBe(Math.ceil((address + 5000) / (2 * MIB)) * 2 * MIB);
    expect(bus.readBytes(image.x0, image.deviceTree.length)).toEqual(image.deviceTree);
    const cells = (value: number): string => value.toString(16).padStart(16, '0');
    expect(flatten(parseFdt(image.deviceTree).root)).toEqual({
      '/chosen/:linux,initrd-start': cells(address),
      '/chosen/:linux,initrd-end': cells(address + 5000),
    });
  });

  it('changes nothing of a device tree but what it has to tell', () => {
    const root = node('', {}, [node('chosen', { bootargs: strings('old'), 'stdout-path': strings('/uart') })]);
    const tree = encodeFdt(root, 3, new Uint8Array(16).fill(1));
    expect(withChosen(tree, {})).toBe(tree);
    root.children[0].properties.set('bootargs', strings('new'));
    expect(parseFdt(withChosen(tree, { bootargs: 'new' }))).toEqual({
      root,
      bootCpu: 3,
      reservations: new Uint8Array(16).fill(1),
    });
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
    ['a wild text_offset', linuxImage({ textOffset: 2n ** 60n }), /^damaged arm64 Image/],
    ['a big-endian Image', linuxImage({ flags: 1 }), /^big-endian/],
    ['an Image cut in its header', linuxImage({ sections: [] }).slice(0, 80), /^truncated arm64 Image.* 0x58 bytes/],
    ['an Image cut in a section', linuxImage({ sections: [[0x800, 0x801]] }), /^truncated .* 0x1001 bytes, .* 0x1000;/],
    ['an Image larger than RAM', linuxImage({ imageSize: 2n ** 40n }), /^arm64 Image .* outside RAM/],
    ['no room for the device tree', linuxImage({ imageSize: 510 * MIB }), /^device tree at 0x60000000 .* outside RAM/],
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
        const file = linuxImage({ textOffset: textPages * 4096, imageSize });
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
