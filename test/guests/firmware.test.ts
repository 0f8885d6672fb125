/** Every firmware guest on the bare machine, on each machine that it is made for: every engine agrees to the instruction. */

import { expect, it } from 'vitest';
import { runs } from '../../firmware/guests.mjs';
import { compared, expectedOf, limitOf, machineOf } from './boot.ts';

const ENGINES = ['interp', 'jit', 'auto'] as const;

it.each(runs.map((run) => ({ ...run, name: run.guest.name })))('$name entered at EL$level on $smp x $cpu', (run) => {
  const { code } = run.guest;
  const counts = ENGINES.map((engine) => {
    const machine = machineOf(run, { engine });
    const end = machine.run({ maxInstructions: limitOf(run) });
    expect(compared(machine.console)).toBe(expectedOf(run));
    if (code === 'never') expect(['budget', 'stuck']).toContain(end.reason);
    else if (end.reason === 'exit') expect(end.code).toBe(code);
    else expect(end.reason).toBe('off');
    return { instructions: machine.system.instructions, now: machine.system.now };
  });
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[2]).toEqual(counts[0]);
});
