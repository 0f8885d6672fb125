/** Initial RAM disks: whatever their bytes, the check ends. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../../../src/arch/image/image-error.ts';
import { checkInitrd } from '../../../src/arch/image/initrd.ts';
import { errorOf } from '../error-of.ts';

const text = new TextEncoder();
const padded = (bytes: number[]): number[] => [...bytes, ...Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];

/** A file of a cpio archive in the format "newc". */
function entry(name: string, bytes: number): number[] {
  const fields = [1, 0o100644, 0, 0, 1, 0, bytes, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [...padded([...text.encode(header)]), ...padded(Array<number>(bytes).fill(0x55))];
}
const end = entry('TRAILER!!!', 0);
const archive = Uint8Array.from([...entry('init', 5), ...entry('a/long/name', 100), ...entry('empty', 0), ...end]);

describe('an initial RAM disk', () => {
  it.each<[string, Uint8Array]>([
    ['a cpio archive', archive],
    ['more behind the archive', Uint8Array.from([...archive, 0, 0, 0, 0, 1, 2])],
    ['an archive without the last padding', archive.slice(0, 1 + archive.lastIndexOf('!'.charCodeAt(0)) + 1)],
    ['another format', Uint8Array.of(1, 2, 3)],
  ])('may be %s', (_, bytes) => {
    checkInitrd(bytes);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /^the file is empty/],
    [
      'cut in a header',
      archive.slice(0, 80),
      /^truncated or damaged cpio .* at offset 0x0 of 0x50; copy or pack it again$/,
    ],
    ['cut in a file', archive.slice(0, 130), / at offset 0x7c of 0x82;/],
    ['without its end', archive.slice(0, -end.length), / no header /],
    ['damaged', archive.map((byte, at) => (at === 0x7c + 2 ? 0x39 : byte)), / at offset 0x7c /],
  ])('may not be %s', (_, bytes, message) => {
    expect(() => checkInitrd(bytes)).toThrow(message);
  });

  it('is checked in bounded time, whatever its bytes', () => {
    const edits = fc.array(
      fc.tuple(fc.nat(archive.length - 1), fc.constantFrom(...text.encode('0123456789abcdefF!\0-x'))),
    );
    fc.assert(
      fc.property(edits, fc.nat(archive.length), (changes, length) => {
        const bytes = archive.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        expect([undefined, ImageError]).toContain(errorOf(() => checkInitrd(bytes.slice(0, length))));
      }),
    );
  });
});
