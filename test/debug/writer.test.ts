/** The buffered writer. */

import { expect, it } from 'vitest';
import { LineWriter } from '../../src/debug/writer.ts';

it('hands on large pieces, whole lines, in order, and the rest on flush', () => {
  const pieces: string[] = [];
  const writer = new LineWriter((text) => pieces.push(text));
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
  for (const line of lines) writer.line(line);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.length).toBeLessThan(10);
  expect(pieces.every((piece) => piece.endsWith('\n'))).toBe(true);
  writer.flush();
  expect(pieces.join('')).toBe(`${lines.join('\n')}\n`);
  const count = pieces.length;
  writer.flush();
  expect(pieces).toHaveLength(count);
});
