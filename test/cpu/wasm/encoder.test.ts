/** LEB128 and modules: what the encoder writes is what the WebAssembly specification says, and what V8 takes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { i32c, i64c, i64hl, sleb32, sleb64, uleb } from '../../../src/cpu/ir/code.ts';
import { ModuleWriter } from '../../../src/cpu/wasm/encoder.ts';
import { interpreterModule } from '../../../src/cpu/wasm/interpreter.ts';

/** Values around every power of two that changes the length of an encoding. */
const edges = (bits: number): bigint[] =>
  Array.from({ length: bits + 1 }, (_, n) => 1n << BigInt(n)).flatMap((power) => [
    power - 1n,
    power,
    -power,
    -power - 1n,
  ]);

/** The shortest signed LEB128, from its definition. */
function signedReference(value: bigint): number[] {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = rest === 0n ? byte < 0x40 : rest === -1n && byte >= 0x40;
    out.push(isLast ? byte : byte | 0x80);
    if (isLast) return out;
  }
}
function unsignedReference(value: number): number[] {
  const groups = value
    .toString(2)
    .padStart(1, '0')
    .split('')
    .reverse()
    .join('')
    .match(/.{1,7}/g) as string[];
  return groups.map(
    (group, i) => Number.parseInt([...group].reverse().join(''), 2) | (i < groups.length - 1 ? 0x80 : 0),
  );
}
const hi = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
const lo = (value: bigint): number => Number(BigInt.asIntN(32, value));

describe('LEB128', () => {
  const int64 = fc.oneof(fc.constantFrom(...edges(62)), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }));
  const int32 = fc.oneof(fc.constantFrom(...edges(30).map(Number)), fc.integer());
  const uint32 = fc.oneof(
    fc.constantFrom(0, 0x7f, 0x80, 0x3fff, 0x4000, 0xffff_ffff),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  );
  /** Holds for edges and 2,000 random values. */
  function forAll<V>(values: fc.Arbitrary<V>, encode: (value: V) => number[], reference: (value: V) => number[]): void {
    const holds = (value: V): void => {
      expect(encode(value)).toEqual(reference(value));
    };
    fc.assert(fc.property(values, holds), { numRuns: 2000 });
  }

  it('signed, 64 bits in two halves', () => {
    forAll(int64, (value) => sleb64(hi(value), lo(value)), signedReference);
  });
  it('signed, halves given as uint32', () => {
    forAll(int64, (value) => sleb64(hi(value) >>> 0, lo(value) >>> 0), signedReference);
  });
  it('signed, 32 bits', () => {
    forAll(int32, sleb32, (value) => signedReference(BigInt(value)));
  });
  it('unsigned', () => {
    forAll(uint32, uleb, unsignedReference);
  });
});

/** A module whose function `f` returns the constant that `code` pushes. */
function constant(type: 'i32' | 'i64', code: readonly number[]): unknown {
  const module = new ModuleWriter();
  module.func('f', { params: [], results: [type] }, [], [code]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  return (exports.f as () => unknown)();
}

describe('constants', () => {
  it('arrive as they were given', () => {
    for (const value of edges(31).map((edge) => Number(BigInt.asIntN(32, edge)))) {
      expect(constant('i32', i32c(value) as number[])).toBe(value);
    }
    for (const edge of edges(63)) {
      const value = BigInt.asIntN(64, edge);
      expect(constant('i64', i64hl(hi(value), lo(value)) as number[])).toBe(value);
      if (Number.isSafeInteger(Number(value))) expect(constant('i64', i64c(Number(value)) as number[])).toBe(value);
    }
  });
});

describe('ModuleWriter', () => {
  it('writes imports, locals, more than 127 functions, and each type once', () => {
    const module = new ModuleWriter();
    const callee = module.importFunction('callee', { params: ['i32'], results: ['i32'] });
    const shift = module.importConstant('shift');
    module.importTable('table');
    for (let i = 0; i < 200; i++) {
      module.func(
        `f${i}`,
        { params: ['i32'], results: ['i32'] },
        ['i64', 'i32'],
        [
          [0x20, 0, 0x10, callee, 0x23, shift],
          [0x6a, 0x41, ...sleb32(i), 0x6a],
        ],
      );
    }
    expect(module.type({ params: ['i32'], results: ['i32'] })).toBe(module.type({ params: ['i32'], results: ['i32'] }));
    const env = {
      callee: (x: number) => x * 2,
      shift: 1000,
      memory: new WebAssembly.Memory({ initial: 1 }),
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
    };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env });
    expect([0, 100, 199].map((i) => (exports[`f${i}`] as (x: number) => number)(7))).toEqual([1014, 1114, 1213]);
  });

  it('makes the interpreter a valid module', () => {
    expect(() => new WebAssembly.Module(interpreterModule())).not.toThrow();
  });
});
