/** Semihosting of whole runs, bare and in a VM: files of a folder, the command line, the keyboard. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { el2, FakeHost } from './fake-host.ts';
import { BASE, semihosting } from './programs.ts';

const OPEN = 0x01;
const WRITEC = 0x03;
const WRITE0 = 0x04;
const WRITE = 0x05;
const READ = 0x06;
const READC = 0x07;
const GET_CMDLINE = 0x15;
const EXIT = 0x18;
const encoder = new TextEncoder();

/** A program that makes calls in turn; each has a block of 64-bit words or a text, which others may point to by number. */
type Block = string | (number | { at: number; plus?: number })[];
function program(...calls: [operation: number, block: Block][]): Uint8Array {
  const sizes = calls.map(([, block]) => (typeof block === 'string' ? 64 : block.length * 8));
  const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const data = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(data.buffer);
  // Code comes first: three words a call, one to stay at.
  const start = BASE + 4 * (calls.length * 3 + 1);
  calls.forEach(([, block], i) => {
    if (typeof block === 'string') data.set(encoder.encode(block), offsets[i]);
    else
      block.forEach((word, n) => {
        const value = typeof word === 'number' ? word : start + offsets[word.at] + (word.plus ?? 0);
        view.setBigUint64(offsets[i] + 8 * n, BigInt(value), true);
      });
  });
  return semihosting(
    calls.map(([operation], i) => [operation, offsets[i] / 4]),
    [...new Uint32Array(data.buffer)],
  );
}
/** Operation 0 is not implemented: its block is data for the others. */
const DATA = 0;
const exit: [number, Block] = [EXIT, [0x2_0026, 0]];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'el2-semihosting-'));
  writeFileSync(join(folder, 'in.txt'), 'from the host');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(['boot', 'run'])('semihosting in el2 %s', (command) => {
  it('writes and reads files of the folder', async () => {
    const x = program(
      [DATA, 'out.txt'],
      [DATA, 'in.txt'],
      [OPEN, [{ at: 0 }, 4, 7]],
      [OPEN, [{ at: 1 }, 0, 6]],
      [WRITE, [1, { at: 0 }, 7]],
      [READ, [2, { at: 0 }, 13]],
      [WRITE, [1, { at: 0 }, 13]],
      [WRITE0, 'done'],
      exit,
    );
    const { code, out, err } = await el2(`${command} x --semihosting-dir ${folder}`, { x });
    expect([code, out, err]).toEqual([0, 'done', '']);
    expect(readFileSync(join(folder, 'out.txt'), 'latin1')).toBe('out.txtfrom the host');
  });

  it('has no files without a folder', async () => {
    const x = program([DATA, 'el2-was-here'], [OPEN, [{ at: 0 }, 4, 12]], [WRITE, [1, { at: 0 }, 7]], exit);
    expect((await el2(`${command} x -semihosting`, { x })).code).toBe(0);
    expect(readdirSync(process.cwd())).not.toContain('el2-was-here');
  });

  it('gives the text of -append', async () => {
    const x = program([GET_CMDLINE, [{ at: 1 }, 60]], [WRITE0, ''], exit);
    expect((await el2(`${command} x -semihosting -append quiet`, { x })).out).toBe('quiet');
  });

  /** Reads two keys and a line of up to 8 bytes, and prints the line. */
  const reader = program(
    [DATA, ':tt'],
    [DATA, ''],
    [OPEN, [{ at: 0 }, 0, 3]],
    [READC, [0]],
    [READC, [0]],
    [READ, [1, { at: 1 }, 8]],
    [WRITE0, '>'],
    [OPEN, [{ at: 0 }, 4, 3]],
    [WRITE, [2, { at: 1 }, 8]],
    exit,
  );

  it('waits for the keyboard, and no time passes', async () => {
    const run = async (turns: Record<number, string>): Promise<[string, string]> => {
      const host = new FakeHost({ x: reader });
      host.onTurn = (turn) => {
        if (turns[turn] !== undefined) host.type(encoder.encode(turns[turn]));
      };
      const { out } = await el2(`${command} x -semihosting --result r --timeout 20`, {}, host);
      return [out, host.written.r];
    };
    const slow = await run({ 3: 'a', 7: 'b', 12: 'line' });
    expect(slow[0]).toBe('>line\0\0\0\0');
    expect(await run({ 1: 'abline' })).toEqual(slow);
  });

  it('finds the end of the input', async () => {
    const host = new FakeHost({ x: reader });
    host.onTurn = (turn) => {
      if (turn === 2) host.endInput();
    };
    expect((await el2(`${command} x -semihosting`, {}, host)).out).toBe('>\0\0\0\0\0\0\0\0');
    const silent = await el2(`${command} x -semihosting -serial file:s`, { x: reader });
    expect(silent.host.written.s).toBe('>\0\0\0\0\0\0\0\0');
  });

  it('can be interrupted, and times out, while it waits', async () => {
    const host = new FakeHost({ x: reader });
    host.onTurn = (turn) => {
      if (turn === 3) host.signal('SIGINT');
    };
    expect((await el2(`${command} x -semihosting`, {}, host)).code).toBe(130);
    expect((await el2(`${command} x -semihosting --timeout 0.05`, { x: reader })).code).toBe(124);
  });
});

describe('el2 run with several images', () => {
  it('gives the keyboard to the first', async () => {
    const echo = program([WRITEC, '?'], [READC, [0]], [WRITEC, '!\n'], [WRITE0, '\n'], exit);
    const host = new FakeHost({ a: echo, b: echo });
    host.onTurn = (turn) => {
      if (turn === 4) host.type(encoder.encode('x'));
    };
    const { code, out } = await el2('run a b --timeout 20', {}, host);
    expect(code).toBe(0);
    expect(out.split('\n').filter(Boolean).sort()).toEqual(['[a] ?!', '[b] ?!']);
  });
});
