/** The launcher as a process: streams, signals and exit codes of the real thing. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatter, exit, spin } from './programs.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'el2-cli-'));
const file = (name: string): string => join(folder, name);

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'bin', 'el2.mjs'), ...args], { cwd: root, stdio: 'pipe' });
}

/** Collects what a process prints until its end. */
async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (data: Buffer) => {
    texts.out += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    texts.err += data.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, ...texts };
}

beforeAll(() => {
  writeFileSync(file('spin.bin'), spin);
  writeFileSync(file('exit.bin'), exit(42));
  writeFileSync(file('chatter.bin'), chatter);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the process', () => {
  it('runs the demo', async () => {
    const child = start([]);
    child.stdin?.end();
    const { code, out, err } = await ended(child);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('What happened');
  });

  it('ends with the code of the guest and writes its files', async () => {
    const result = file('result.json');
    const child = start(['boot', file('exit.bin'), '-semihosting', '--result', result, '-d', 'exec', '-D', file('t')]);
    child.stdin?.end();
    expect(await ended(child)).toEqual({ code: 42, out: '', err: '' });
    expect(JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({ reason: 'exit', code: 42 });
    expect(readFileSync(file('t'), 'utf8')).toMatch(/^Trace 0: 0x40080000 /);
  });

  it('hands stdin to the guest, and ends while stdin stays open', async () => {
    const child = start(['run', join(root, 'firmware/images/echo.elf')]);
    child.stdin?.write('hello\nq');
    const { code, out } = await ended(child);
    expect(code).toBe(0);
    expect(out).toContain('hello');
  });

  it('stops at SIGINT with a summary', async () => {
    const child = start(['boot', file('spin.bin'), '-d', 'exec', '-D', file('started'), '--trace-window', '0..1']);
    const end = ended(child);
    const poll = setInterval(() => {
      if (!existsSync(file('started')) || readFileSync(file('started')).length === 0) return;
      clearInterval(poll);
      child.kill('SIGINT');
    }, 50);
    const { code, err } = await end;
    expect(code).toBe(130);
    expect(err).toMatch(/^el2: interrupted after \d+ instructions, at EL1, PC 0x40080000\n$/);
  });

  it('ends quietly when the reader of its output goes away', async () => {
    const child = start(['boot', file('chatter.bin'), '--timeout', '20']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, err } = await ended(child);
    expect([code, err]).toEqual([141, '']);
  });

  it('says in one line what is wrong with a file', async () => {
    const child = start(['boot', folder]);
    child.stdin?.end();
    expect(await ended(child)).toEqual({ code: 1, out: '', err: `el2: ${folder}: it is a folder; give a file\n` });
  });
});
