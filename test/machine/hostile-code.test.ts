/** Guests that change, move and leave their code all the time: right in every engine, in bounded memory. */

import { describe, expect, it } from 'vitest';
import { hostile } from '../../scripts/bench/hostile.ts';
import { check } from '../../scripts/bench/program.ts';
import { Machine } from '../../src/machine/machine.ts';

const MIB = 2 ** 20;
/** Rounds that make every loop hot in every engine. */
const ROUNDS = 20_000;
const LIMIT = 1e7;
/** Linear memory beside guest RAM: CPU, code, soft TLBs. */
const OWN_MEMORY = 96 * MIB;

describe.each(hostile(ROUNDS))('$name', (program) => {
  const image = program.image();
  it.each(['interp', 'jit', 'auto'] as const)('%s', (engine) => {
    const machine = new Machine({ memoryBytes: program.memoryMib * MIB, semihosting: true, engine });
    machine.load(image);
    expect(machine.run({ maxInstructions: LIMIT })).toMatchObject({ reason: 'exit', code: 0 });
    check(program, machine.console);
    expect(machine.system.memory.used).toBeLessThan(program.memoryMib * MIB + OWN_MEMORY);
  });
});
