/** Symbol lookup. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SymbolTable } from '../../src/debug/symbols.ts';

it('finds the innermost symbol and the offset in it', () => {
  const table = new SymbolTable([
    { name: 'inner', value: 0x1010n, size: 8 },
    { name: 'outer', value: 0x1000n, size: 0x100 },
    { name: 'high', value: 0xffff_ff80_0000_0000n, size: 4 },
  ]);
  const found = [0xfffn, 0x1000n, 0x100fn, 0x1010n, 0x1017n, 0x1018n, 0x10ffn, 0x1100n, 0xffff_ff80_0000_0003n];
  expect(found.map((va) => table.suffix(va))).toEqual([
    '',
    ' <outer>',
    ' <outer+0xf>',
    ' <inner>',
    ' <inner+0x7>',
    ' <outer+0x18>',
    ' <outer+0xff>',
    '',
    ' <high+0x3>',
  ]);
});

it('lets a symbol without a size reach to the next one', () => {
  const table = new SymbolTable([
    { name: 'label', value: 0x10n, size: 0 },
    { name: 'next', value: 0x20n, size: 4 },
    { name: 'end', value: 0x30n, size: 0 },
  ]);
  expect([0x1fn, 0x20n, 0x24n, 0x30n, 0x31n].map((va) => table.suffix(va))).toEqual([
    ' <label+0xf>',
    ' <next>',
    '',
    ' <end>',
    '',
  ]);
});

it('agrees with a search through all symbols', () => {
  const symbol = fc.record({
    name: fc.string({ minLength: 1 }),
    value: fc.bigInt({ min: 0n, max: 64n }),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(symbol, { maxLength: 12 }), fc.bigInt({ min: 0n, max: 110n }), (list, va) => {
      const holding = list.filter(({ value, size }) => value <= va && va < value + BigInt(size));
      const start = holding.map(({ value }) => value).sort((a, b) => Number(b - a))[0] ?? -1n;
      const hit = new SymbolTable(list).find(va);
      expect(hit === undefined ? -1n : va - hit.offset).toBe(start);
    }),
  );
});
