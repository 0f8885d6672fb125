/** The nearest match of a mistyped word. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/cli/nearest.ts';

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['smp', 'smp', 0],
    ['smo', 'smp', 1],
    ['spm', 'smp', 1],
    ['kernal', 'kernel', 1],
    ['kernell', 'kernel', 1],
    ['timeuot', 'timeout', 1],
    ['boot', 'run', 4],
    ['ca', 'abc', 3],
  ])('of %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, zero for equal words alone, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('the nearest match', () => {
  const flags = ['-cpu', '-smp', '-serial', '--timeout', '--until'];

  it.each([
    ['-cup', '-cpu'],
    ['--timout', '--timeout'],
    ['-SMP', '-smp'],
    ['--frobnicate', undefined],
    ['', undefined],
  ])('of %j is %j', (word, expected) => {
    expect(nearest(word, flags)).toBe(expected);
  });
});
