/** The launcher in a real terminal: keys, and the terminal's settings after each end. Needs Python 3, for its ptys. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { abc, exit, stuck } from './programs.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'el2-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Runs a command in a pty: types each text once the one before it has been answered by what it waits for. Prints the exit
 * code (negative: the signal), whether the terminal is as before, and the output, as JSON.
 */
const DRIVER = `
import json, os, pty, select, signal, subprocess, sys, termios, time
command, steps = json.loads(sys.argv[1]), json.loads(sys.argv[2])
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
raw = False
seen = ''
end = time.time() + 25
def read():
    global seen
    while select.select([master], [], [], 0.02)[0]:
        seen += os.read(master, 65536).decode('latin1')
for wait, text in steps:
    while wait not in seen and child.poll() is None and time.time() < end:
        read()
    raw = raw or termios.tcgetattr(slave) != before
    if text == 'SIGTERM': child.send_signal(signal.SIGTERM)
    else: os.write(master, text.encode('latin1'))
while child.poll() is None and time.time() < end:
    read()
read()
child.kill()
print(json.dumps({'code': child.wait(), 'raw': raw, 'restored': termios.tcgetattr(slave) == before, 'seen': seen}))
`;

interface Ended {
  readonly code: number;
  /** The terminal was in raw mode meanwhile. */
  readonly raw: boolean;
  readonly restored: boolean;
  readonly seen: string;
}

function inTerminal(args: readonly string[], ...steps: [wait: string, text: string][]): Ended {
  const command = JSON.stringify([process.execPath, join(root, 'bin', 'el2.mjs'), ...args]);
  const { stdout, stderr } = spawnSync('python3', ['-c', DRIVER, command, JSON.stringify(steps)], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Ended;
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const echo = join(root, 'firmware', 'images', 'echo.elf');
const hasPty = spawnSync('python3', ['-c', 'import pty']).status === 0;

describe.skipIf(!hasPty)('in a terminal', () => {
  const printing = file('abc', abc);

  it.each<[string, string[], [string, string][], number]>([
    ['Ctrl-A x', ['boot', printing], [['ABC', '\x01x']], 0],
    [
      'the monitor',
      ['run', printing],
      [
        ['ABC', '\x01c'],
        ['(el2) ', 'quit\r'],
      ],
      0,
    ],
    ['SIGTERM', ['boot', printing], [['ABC', 'SIGTERM']], 143],
    ['Ctrl-C with -serial stdio', ['boot', printing, '-serial', 'stdio'], [['ABC', '\x03']], 130],
    ['a time-out', ['boot', printing, '--timeout', '0.5'], [['ABC', 'x']], 124],
  ])('gives it back after %s', (_, args, steps, code) => {
    expect(inTerminal(args, ...steps)).toMatchObject({ code, raw: true, restored: true });
  });

  it.each<[string, string[], number]>([
    ['the guest has ended', ['boot', file('exit', exit(42)), '-semihosting'], 42],
    ['it is stuck', ['boot', file('stuck', stuck)], 126],
    ['a bad file', ['boot', folder], 1],
  ])('gives it back when %s', (_, args, code) => {
    expect(inTerminal(args)).toMatchObject({ code, restored: true });
  });

  it('types Ctrl-C and Ctrl-A for the guest', () => {
    // The guest echoes, up to q.
    const { code, seen } = inTerminal(['run', echo], ['echo', '<\x03\x01\x01>\rq']);
    expect(code).toBe(0);
    expect(seen).toContain('<\x03\x01>');
  });
});
