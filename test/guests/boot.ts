/** Boots one firmware guest as the table of guests says, with what a test changes. */

import { readFileSync } from 'node:fs';
import type { Run } from '../../firmware/guests.mjs';
import { Machine } from '../../src/machine/machine.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';

const FIRMWARE = new URL('../../firmware/', import.meta.url);
/** More than any guest that ends needs. */
const LIMIT = 2_000_000_000;
/** How long a guest that never ends is watched. */
const NEVER = 20_000;

/** The machine of a run with its image loaded and its input waiting. */
export function machineOf({ guest, level, cpu, smp }: Run, options: MachineOptions = {}): Machine {
  const machine = new Machine({
    virtualization: level === 2,
    cpu,
    cpus: smp,
    gicVersion: guest.gic ?? 2,
    semihosting: true,
    ...(guest.ramBase !== undefined && { ramBase: guest.ramBase }),
    ...options,
  });
  machine.load(readFileSync(new URL(`images/${guest.name}.elf`, FIRMWARE)));
  machine.input(new TextEncoder().encode(guest.stdin ?? ''));
  return machine;
}

/** Instructions after which a run has ended, or been watched long enough. */
export const limitOf = ({ guest }: Run): number => (guest.code === 'never' ? NEVER : LIMIT);

/** The console that the run must have. */
export const expectedOf = ({ expected }: Run): string =>
  readFileSync(new URL(`expected/${expected}`, FIRMWARE), 'utf8');

/** A console without the lines that expected files leave out. */
export const compared = (console: string): string => console.replace(/^(time|note) .*\n/gm, '');
