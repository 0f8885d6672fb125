/** Every firmware guest on the bare machine, on each machine that it is made for: every engine agrees to the instruction. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Run, runs } from '../../firmware/guests.mjs';
import { Machine } from '../../src/machine/machine.ts';

const FIRMWARE = new URL('../../firmware/', import.meta.url);
/** More than any guest that ends needs. */
const LIMIT = 2_000_000_000;
/** How long a guest that never ends is watched. */
const NEVER = 20_000;

/** The expected files leave out lines that give times or notes. */
const compared = (console: string): string => console.replace(/^(time|note) .*\n/gm, '');

const table = runs.map((run) => ({ ...run, name: run.guest.name }));

const ENGINES = ['interp', 'jit', 'auto'] as const;

function boot({ guest, level, cpu, smp }: Run, engine: (typeof ENGINES)[number]) {
  const machine = new Machine({
    virtualization: level === 2,
    cpu,
    cpus: smp,
    semihosting: true,
    engine,
    ...(guest.ramBase !== undefined && { ramBase: guest.ramBase }),
  });
  machine.load(readFileSync(new URL(`images/${guest.name}.elf`, FIRMWARE)));
  machine.input(new TextEncoder().encode(guest.stdin ?? ''));
  const end = machine.run({ maxInstructions: guest.code === 'never' ? NEVER : LIMIT });
  return { machine, end };
}

it.each(table)('$name entered at EL$level on $smp x $cpu', (run) => {
  const { guest, expected } = run;
  const counts = ENGINES.map((engine) => {
    const { machine, end } = boot(run, engine);
    expect(compared(machine.console)).toBe(readFileSync(new URL(`expected/${expected}`, FIRMWARE), 'utf8'));
    if (guest.code === 'never') expect(['budget', 'stuck']).toContain(end.reason);
    else if (end.reason === 'exit') expect(end.code).toBe(guest.code);
    else expect(end.reason).toBe('off');
    return { instructions: machine.system.instructions, now: machine.system.now };
  });
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[2]).toEqual(counts[0]);
});
