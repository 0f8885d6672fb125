/** Device-tree blobs: equal to dtc's, read back, and refused when they are none. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cells, encodeFdt, type FdtNode, flag, node, strings, u64s } from '../../src/arch/fdt.ts';
import { cellsOf, FdtError, parseFdt } from '../../src/arch/fdt-parse.ts';
import { errorOf } from './error-of.ts';
import { dtc, flatten, hasDtc } from './fdt-reading.ts';

const data = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`data/${name}`, import.meta.url)));
const golden = data('small.dtb');

/** The tree of data/small.dts. */
const small = node(
  '',
  { '#address-cells': cells(2), '#size-cells': cells(2), compatible: strings('acme,board', 'linux,dummy-virt') },
  [
    node('memory@40000000', { reg: u64s(0x1_4000_0000, 0x8000_0000), device_type: strings('memory') }),
    node('cpus', { '#address-cells': cells(1), '#size-cells': cells(0) }, [
      node('cpu@1', { reg: cells(1), phandle: cells(0x8001) }),
    ]),
    node('chosen', { bootargs: strings(''), 'dma-coherent': flag(), bytes: Uint8Array.of(1, 2, 3) }),
  ],
);

const arbitraryName = fc.stringMatching(/^[a-z][a-z0-9,@#-]{0,12}$/);
const treeOfDepth = fc.memo(
  (depth): fc.Arbitrary<FdtNode> =>
    fc.record({
      name: arbitraryName,
      properties: fc
        .array(fc.tuple(arbitraryName, fc.uint8Array({ maxLength: 9 })), { maxLength: 4 })
        .map((entries) => new Map(entries)),
      children: depth > 1 ? fc.array(treeOfDepth(), { maxLength: 3 }) : fc.constant([]),
    }),
);

describe('device-tree blobs', () => {
  it('are built byte for byte as dtc builds them', () => {
    expect(Buffer.from(encodeFdt(small, 1)).equals(Buffer.from(golden))).toBe(true);
  });

  it('are parsed as dtc made them', () => {
    expect(parseFdt(golden)).toEqual({ root: small, bootCpu: 1, reservations: new Uint8Array(0) });
  });

  it('survive the round trip', () => {
    fc.assert(
      fc.property(treeOfDepth(4), fc.nat(7), fc.nat(3), (root, bootCpu, entries) => {
        const reservations = new Uint8Array(entries * 16).fill(0x5a);
        expect(parseFdt(encodeFdt(root, bootCpu, reservations))).toEqual({ root, bootCpu, reservations });
      }),
    );
  });

  it('carry text as UTF-8', () => {
    expect(strings('a%b', 'é€😀')).toEqual(new TextEncoder().encode('a%b\0é€😀\0'));
  });

  it('may hold NOPs, padding and version 16', () => {
    const blob = new Uint8Array(golden.length + 64);
    blob.set(golden);
    const header = cellsOf(golden.subarray(0, 40));
    const first = golden.indexOf(3, header[2]) - 3;
    blob.set(cells(4, 4, 4, 4), first);
    blob.set(cells(blob.length), 4);
    blob.set(cells(16), 20);
    const parsed = flatten(parseFdt(blob).root);
    expect(parsed['/:#address-cells']).toBeUndefined();
    expect(parsed['/:#size-cells']).toBe('00000002');
  });

  it.each<[string, (blob: Uint8Array) => Uint8Array, RegExp]>([
    ['a cut header', (b) => b.slice(0, 39), /^truncated device tree: 39 bytes/],
    ['a foreign magic', (b) => edited(b, 0, 0x1234), /magic 0x1234/],
    ['a cut blob', (b) => b.slice(0, -1), /^truncated device tree: \d+ bytes by its header/],
    ['version 15', (b) => edited(b, 20, 15), /version 15/],
    ['a format that is not compatible', (b) => edited(b, 24, 18), /compatible to 18/],
    ['a structure outside', (b) => edited(b, 36, 0x7fff_ffff), /outside the blob/],
    ['a cut structure', (b) => edited(b, 36, 0x20), /structure/],
    ['reservations without an end', (b) => edited(b, 16, b.length - 8), /memory reservations .* have no end/],
    ['a bad token', (b) => edited(b, 56, 7), /token 7 at 0x38 instead of the root node/],
    ['a string outside', (b) => edited(b, 72, 0xffff), /holds no name/],
    ['a property twice', (b) => edited(b, 88, 0), /#address-cells twice in \//],
  ])('are refused with %s', (_, edit, message) => {
    expect(() => parseFdt(edit(golden))).toThrow(FdtError);
    expect(() => parseFdt(edit(golden))).toThrow(message);
  });

  it('are refused when too deep', () => {
    let deep = node('leaf', {});
    for (let i = 0; i < 70; i++) deep = node('a', {}, [deep]);
    expect(() => parseFdt(encodeFdt(deep))).toThrow(/deeper than 64/);
  });

  it('throw nothing but FdtError, whatever the bytes', () => {
    const edit = fc.tuple(fc.nat(golden.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(golden.length), (edits, length) => {
        const blob = golden.slice();
        for (const [at, byte] of edits) blob[at] = byte;
        expect([undefined, FdtError]).toContain(errorOf(() => parseFdt(blob)));
        expect([undefined, FdtError]).toContain(errorOf(() => parseFdt(blob.slice(0, length))));
      }),
      { numRuns: 2000 },
    );
  });

  it.skipIf(!hasDtc)('match the committed source and the installed dtc', () => {
    expect(dtc(data('small.dts'), 'dts', 'dtb', '-q', '-b', '1').equals(Buffer.from(golden))).toBe(true);
    const again = dtc(encodeFdt(small, 1), 'dtb', 'dtb', '-q', '-b', '1');
    expect(parseFdt(new Uint8Array(again)).root).toEqual(small);
  });
});

/** A copy with one cell overwritten. */
function edited(blob: Uint8Array, at: number, value: number): Uint8Array {
  const out = blob.slice();
  out.set(cells(value), at);
  return out;
}
