/** Every firmware guest on the bare machine, at each level that it is made for, in each engine. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guests } from '../../firmware/guests.mjs';
import { Machine } from '../../src/machine/machine.ts';

const FIRMWARE = new URL('../../firmware/', import.meta.url);
/** More than any guest that ends needs. */
const LIMIT = 2_000_000_000;
/** How long a guest that never ends is watched. */
const NEVER = 20_000;

/** The expected files leave out lines that give times. */
const withoutTimes = (console: string): string => console.replace(/^time .*\n/gm, '');

const runs = (readdirSync(new URL('expected/', FIRMWARE), { recursive: true }) as string[]).flatMap((file) => {
  const match = /^(.*)\.el([12])\.txt$/.exec(file);
  return match === null ? [] : [{ name: match[1], level: Number(match[2]), expected: file }];
});

describe.each(['interp', 'jit', 'auto'] as const)('firmware in %s', (engine) => {
  it.each(runs)('$name entered at EL$level', ({ name, level, expected }) => {
    const guest = guests.find((g) => g.name === name);
    const machine = new Machine({ virtualization: level === 2, semihosting: true, engine });
    machine.load(readFileSync(new URL(`images/${name}.elf`, FIRMWARE)));
    machine.input(new TextEncoder().encode(guest?.stdin ?? ''));
    const end = machine.run({ maxInstructions: guest?.code === 'never' ? NEVER : LIMIT });
    expect(withoutTimes(machine.console)).toBe(readFileSync(new URL(`expected/${expected}`, FIRMWARE), 'utf8'));
    if (guest?.code === 'never') expect(['budget', 'stuck']).toContain(end.reason);
    else if (end.reason === 'exit') expect(end.code).toBe(guest?.code ?? 0);
    else expect(end.reason).toBe('off');
  });
});
