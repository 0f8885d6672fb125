/** ELF files: entry points and segments of what linkers made, and damaged files. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isElf, readElf } from '../../../src/arch/image/elf.ts';
import { ImageError } from '../../../src/arch/image/image-error.ts';
import { errorOf } from '../error-of.ts';
import { buildElf, patched, programField } from './elf-builder.ts';

const linked = new Uint8Array(readFileSync(new URL('../data/linked.elf', import.meta.url)));
const valid = buildElf(0x4010_0004n, [
  { address: 0x4010_0000, bytes: 16 },
  { address: 0x4020_0000, bytes: 4, memoryBytes: 0x100, flags: 6 },
]);

describe('ELF reader', () => {
  it('reads what GNU ld linked', () => {
    const elf = readElf(linked);
    expect(elf.entry).toBe(0x4010_0000);
    expect(elf.segments.map(({ address, memoryBytes, executable }) => [address, memoryBytes, executable])).toEqual([
      [0x400f_ff50, 0xc0, true],
      [0x4010_2000, 0x108, false],
    ]);
    expect([...elf.segments[1].bytes]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
    expect(elf.symbols[0]).toEqual({ name: '_start', value: 0x4010_0000n, size: 12, kind: 'function' });
    expect(elf.symbols).toContainEqual({ name: 'counter', value: 0x4010_2000n, size: 8, kind: 'object' });
    expect(elf.symbols).toContainEqual({ name: 'unsized', value: 0x4010_0008n, size: 0, kind: 'other' });
    expect(elf.symbols.map((s) => s.name).filter((name) => name.startsWith('$') || name === 's.o')).toEqual([]);
  });

  it('turns a virtual entry point into a physical one', () => {
    const high = 0xffff_0000_0000_0000n;
    expect(readElf(buildElf(high + 8n, [{ address: 0x4000_0000, virtualAddress: high, bytes: 16 }])).entry).toBe(
      0x4000_0008,
    );
  });

  it('takes a physical entry point of a kernel that is linked high', () => {
    const segments = [{ address: 0x4000_0000, virtualAddress: 0xffff_0000_0000_0000n, bytes: 16 }];
    expect(readElf(buildElf(0x4000_000cn, segments)).entry).toBe(0x4000_000c);
  });

  it('leaves out empty segments and other headers', () => {
    const notes = { address: 0x4010_0000, bytes: 16, type: 4 };
    const file = buildElf(0x4010_0000n, [notes, { address: 0, bytes: 0 }, { address: 0x4010_0000, bytes: 16 }]);
    expect(readElf(file).segments.map((s) => s.index)).toEqual([2]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a cut header', valid.slice(0, 40), /^truncated ELF: 40 bytes/],
    ['x86-64', patched(valid, 18, 62, 2), /^ELF for x86-64; el2 needs AArch64/],
    ['AArch32', patched(patched(valid, 18, 40, 2), 4, 1), /^ELF for 32-bit Arm/],
    ['an unknown machine', patched(valid, 18, 999, 2), /^ELF for machine 999/],
    ['ILP32', patched(valid, 4, 1), /ILP32/],
    ['big endian', patched(valid, 5, 2), /^big-endian ELF/],
    ['no endianness', patched(valid, 5, 7), /EI_DATA at offset 0x5 is 7/],
    ['an object file', patched(valid, 16, 1, 2), /relocatable object.*link it/],
    ['odd program headers', patched(valid, 54, 32, 2), /e_phentsize/],
    ['a table beyond the end', patched(valid, 32, 0xffff_ffff_ffff_fff0n), /^truncated ELF: 2 program headers/],
    ['cut data', valid.slice(0, -1), /segment 1 needs file bytes 0xc0 to 0xc4, the file ends at 0xc3/],
    ['an offset that overflows', patched(valid, programField(0, 8), 2n ** 64n - 8n), /^truncated ELF: segment 0/],
    ['more in the file than in memory', patched(valid, programField(1, 40), 3n), /p_filesz 0x4 above p_memsz 0x3/],
    ['a size that overflows', patched(valid, programField(1, 40), 2n ** 64n - 1n), /segment 1 .* above 52 bits/],
    ['an address of 64 bits', patched(valid, programField(1, 24), 2n ** 63n), /segment 1 .* above 52 bits/],
    ['overlap', patched(valid, programField(1, 24), 0x4010_000fn), /segments 0 .* and 1 .*overlap/],
    ['no segments', patched(valid, 56, 0, 2), /without a PT_LOAD segment/],
    ['an odd entry', patched(valid, 24, 0x4010_0002n), /entry point 0x40100002 is not a multiple of 4/],
    ['an entry in data', patched(valid, 24, 0x4020_0000n), /entry point 0x40200000 is in no executable segment/],
    ['cut section headers', linked.slice(0, -1), /^truncated ELF: section headers/],
    ['a wild string section', patched(linked, sectionOf(linked, 2) + 40, 99, 4), /names string section 99 of 7/],
    ['a wild symbol section', patched(linked, sectionOf(linked, 2) + 32, 2n ** 63n), /^truncated ELF: symbol section/],
  ])('refuses %s', (_, file, message) => {
    expect(() => readElf(file)).toThrow(ImageError);
    expect(() => readElf(file)).toThrow(message);
    expect(() => readElf(file)).not.toThrow(/\n/);
  });

  it('throws nothing but ImageError, whatever the bytes', () => {
    const edit = fc.tuple(fc.nat(linked.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), fc.nat(linked.length), (edits, length) => {
        const file = linked.slice();
        for (const [at, byte] of edits) file[at] = byte;
        expect([undefined, ImageError]).toContain(errorOf(() => tryFile(file)));
        expect([undefined, ImageError]).toContain(errorOf(() => tryFile(file.slice(0, length))));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Offset of the header of the first section of a type. */
function sectionOf(file: Uint8Array, type: number): number {
  const view = new DataView(file.buffer, file.byteOffset);
  let at = Number(view.getBigUint64(40, true));
  while (view.getUint32(at + 4, true) !== type) at += 64;
  return at;
}

/** Loads a file if it is an ELF, and makes sure that its entry lies in a segment. */
function tryFile(file: Uint8Array): void {
  if (!isElf(file)) return;
  const { entry, segments } = readElf(file);
  if (!segments.some((s) => s.executable && entry >= s.address && entry < s.address + s.memoryBytes)) {
    throw new RangeError('accepted an entry point outside every segment');
  }
}
