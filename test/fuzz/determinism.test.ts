/** One input, one run: every firmware image gives the same counts, console and events each time and in each engine. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guests } from '../../firmware/guests.mjs';
import { CATEGORIES } from '../../src/arch/trace.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { Machine } from '../../src/machine/machine.ts';

/** Enough for most guests to end; the others are compared as far as they get. */
const LIMIT = 80_000;
const RUNS = guests
  .filter(({ ramBase, smp }) => ramBase === undefined && smp === undefined)
  .flatMap(({ name, levels, stdin }) => levels.map((level) => ({ name, level, stdin })));

interface Guest {
  readonly name: string;
  readonly level: number;
  readonly stdin?: string | undefined;
}

/** What a run gave. `mask` chooses the events; they are hashed, as there may be many. */
function run({ name, level, stdin = '' }: Guest, engine: EngineMode, mask: number): unknown {
  const machine = new Machine({ virtualization: level === 2, semihosting: true, engine });
  machine.load(readFileSync(`firmware/images/${name}.elf`));
  machine.input(new TextEncoder().encode(stdin));
  const events = createHash('sha256');
  let count = 0;
  const { trace } = machine.system;
  trace.mask = mask;
  trace.sink = (cpu, event) => {
    count++;
    events.update(JSON.stringify([cpu, machine.cpu().now(), event], (_, v) => (typeof v === 'bigint' ? `${v}` : v)));
  };
  const end = machine.run({ maxInstructions: LIMIT });
  return {
    end,
    console: machine.console,
    instructions: machine.system.instructions,
    now: machine.cpu().now(),
    pc: machine.cpu().state.pc,
    count,
    events: events.digest('hex'),
  };
}

/** Everything that does not bypass the caches of the engine; and the entries into blocks, which does. */
const EVENTS = CATEGORIES.int | CATEGORIES.tlb | CATEGORIES.sysreg | CATEGORIES.mmio | CATEGORIES.guest_errors;

describe.each(RUNS)('$name at EL$level', (guest) => {
  it('runs alike twice, and in all engines', () => {
    const expected = run(guest, 'auto', EVENTS);
    for (const engine of ['auto', 'jit', 'interp'] as const) expect(run(guest, engine, EVENTS)).toEqual(expected);
  });

  it('enters the same blocks in all engines', () => {
    const expected = run(guest, 'interp', CATEGORIES.exec);
    expect(run(guest, 'jit', CATEGORIES.exec)).toEqual(expected);
  });
});
