/** The firmware guests under a TLB that does the worst that the architecture allows. */

import { describe, expect, it } from 'vitest';
import { runs } from '../../firmware/guests.mjs';
import { compared, expectedOf, limitOf, machineOf } from './boot.ts';

const SEEDS = [1, 2, 3];
/** Guests that spend their time in computing would only be slow here. */
const chosen = runs.filter(({ guest, smp }) => !guest.name.startsWith('bench/') && smp <= 2);

describe('an adversarial TLB', () => {
  it.each(chosen.map((run) => ({ ...run, name: run.guest.name })))('does not harm $name at EL$level on $cpu', (run) => {
    for (const chaos of SEEDS) {
      const machine = machineOf(run, { tlb: { chaos } });
      machine.run({ maxInstructions: limitOf(run) });
      expect(compared(machine.console)).toBe(expectedOf(run));
    }
  });

  it.each([
    { mistake: 1, what: 'no TLBI when its ASIDs roll over' },
    { mistake: 2, what: 'no reserved ASID while TTBR0 changes' },
  ])('makes a guest fail that has $what', ({ mistake }) => {
    const run = runs.find(({ guest }) => guest.name === 'asid');
    if (run === undefined) throw new Error('there is no guest asid');
    for (const chaos of SEEDS) {
      const machine = machineOf(run, { tlb: { chaos } });
      const symbol = machine.image?.symbols.find(({ name }) => name === 'asid_mistake');
      expect(machine.system.bus.write32(Number(symbol?.value), mistake)).toBe(true);
      const end = machine.run({ maxInstructions: limitOf(run) });
      expect(end).not.toEqual({ reason: 'exit', code: 0 });
      expect(machine.console).toContain('FAIL');
    }
  });
});
