/** What the engine owes its caller besides equal results: limits, fresh code, bounded memory, traces that miss nothing. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES, type TraceEvent } from '../../../src/arch/trace.ts';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { R } from '../../../src/cpu/slots.ts';
import { PROGRAMS } from './programs.ts';
import { type Program, World } from './world.ts';
import { BLOCK_DATA, CODE, DATA, RAM } from './world-memory.ts';

const COUNTER = 20;
const LIMIT = 100_000;
const MODES: readonly EngineMode[] = ['interp', 'jit', 'auto'];

const counting = (rounds: number): Program => ({
  name: 'counting',
  code: (a) => {
    a.mov(COUNTER, rounds);
    const top = a.place();
    a.add(0, 0, 1).subs(COUNTER, COUNTER, 1).bc('ne', top);
  },
});

describe.each(MODES)('%s', (mode) => {
  it('runs exactly as many instructions as it may', () => {
    const world = new World(mode, counting(1_000_000));
    for (let budget = 1, sum = 0; budget < 200; budget += 3) {
      expect(world.run(budget)).toBe('budget');
      sum += budget;
      expect(world.system.instructions).toBe(sum);
      expect(world.cpu.now()).toBe(sum);
    }
  });

  it('is exact where its own records lie in the upper half of linear memory', () => {
    const program: Program = { name: 'call', code: (a) => a.mov(0, 1).mov(1, 2).hvc().mov(2, 3).wfi() };
    const near = new World(mode, program);
    const far = new World(mode, program);
    far.system.memory.alloc(2 ** 31);
    for (const world of [near, far]) world.run(100);
    expect(far.system.instructions).toBe(near.system.instructions);
    expect(far.cpu.state.get(R.ELR_EL2)).toBe(BigInt(CODE + 12));
  });

  it('keeps its memory bounded while a guest makes new code all the time', () => {
    // Each round patches an instruction, calls it, and so makes two blocks: 300,000 rounds fill the cache more than once.
    const world = new World(mode === 'jit' ? 'auto' : mode, {
      name: 'code generator',
      code: (a) => {
        const [first, second] = [0x9100_0400, 0x9100_0800];
        a.mov(COUNTER, 200_000)
          .mov(1, CODE + 0x400)
          .mov(2, first)
          .mov(3, first ^ second);
        const top = a.place();
        a.eor(2, 2, 3).str(2, 1, 0, 'w').blr(1).subs(COUNTER, COUNTER, 1).bc('ne', top);
        a.wfi()
          .org(CODE + 0x400)
          .word(first)
          .ret();
      },
    });
    const before = world.system.memory.used;
    expect(world.run(10_000_000)).toBe('stuck');
    expect(world.x(0)).toBe(300_000n);
    expect(world.system.memory.used - before).toBeLessThan(80 << 20);
  });

  it('traces every block that is entered, from the moment that somebody asks', () => {
    const trace = (engine: EngineMode): TraceEvent[] => {
      const events: TraceEvent[] = [];
      const world = new World(engine, PROGRAMS.find(({ name }) => name === 'nested loops') as Program);
      world.run(300);
      world.system.trace.mask = CATEGORIES.exec;
      world.system.trace.sink = (_, event) => events.push(event);
      world.run(LIMIT);
      const seen = events.length;
      world.system.trace.mask = 0;
      world.run(LIMIT);
      expect(events.length).toBe(seen);
      return events;
    };
    const events = trace(mode);
    const count = events.reduce(
      (sum, event) => sum + (event.type === 'block' && 'count' in event ? event.count : 0),
      0,
    );
    // The WFI ends the run, but not its block.
    expect(count).toBe(1124 - 300 + 1);
    expect(events).toEqual(trace('interp'));
  });

  it('traces accesses to system registers that code makes itself, from the moment that somebody asks', () => {
    const events: TraceEvent[] = [];
    const world = new World(mode, {
      name: 'system registers',
      code: (a) => {
        a.mov(COUNTER, 2000);
        const top = a.place();
        a.mrs(0, 'TPIDR_EL1').msr('TPIDR_EL1', 0).subs(COUNTER, COUNTER, 1).bc('ne', top);
      },
    });
    world.run(4001);
    world.system.trace.mask = CATEGORIES.sysreg;
    world.system.trace.sink = (_, event) => events.push(event);
    world.run(400);
    world.system.trace.mask = 0;
    world.run(400);
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 200 }, (_, i) => (i % 2 ? 'write' : 'read')));
  });
});

describe('regions', () => {
  it('go when their code changes, and come back when it is hot again', () => {
    const world = new World('jit', {
      name: 'patched once',
      code: (a) => {
        const [outer, top, far] = [a.label(), a.label(), a.label()];
        a.mov(2, 2)
          .mov(3, 0x9100_0800)
          .mov(5, CODE + 0x200)
          .b(outer)
          .org(CODE + 0x100);
        a.place(outer);
        // The entry of the region, which stays, and on another line a block of it, which changes.
        a.mov(COUNTER, 50)
          .b(top)
          .org(CODE + 0x140);
        a.place(top);
        a.b(far).org(CODE + 0x200);
        a.place(far);
        a.word(0x9100_0400).subs(COUNTER, COUNTER, 1).bc('ne', top).str(3, 5, 0, 'w').subs(2, 2, 1).bc('ne', outer);
      },
    });
    expect(world.run(LIMIT)).toBe('stuck');
    expect(world.x(0)).toBe(50n + 100n);
    const { regions } = world.system.engine;
    const { compiled, compiledBytes, liveBytes, invalidated } = regions;
    expect(compiled).toBeGreaterThanOrEqual(2);
    expect(compiledBytes).toBeGreaterThan(compiled * 8);
    expect(invalidated).toBeGreaterThanOrEqual(1);
    expect(liveBytes).toBeGreaterThan(0);
    expect(liveBytes).toBeLessThan(compiledBytes);
    regions.clear();
    expect(regions.liveBytes).toBe(0);
  });

  it('are not made by the interpreter alone', () => {
    const world = new World('interp', counting(5000));
    world.run(LIMIT);
    expect(world.system.engine.regions.compiled).toBe(0);
  });
});

describe('Device memory by stage 2 alone', () => {
  /** LDUR X3, [X1, #1]. */
  const UNALIGNED = 0xf840_1023;
  it('checks alignment also after an aligned access, in every engine', () => {
    for (const mode of MODES) {
      const world = new World(mode, {
        name: 'device by stage 2',
        code: (a) => {
          a.mov(1, BLOCK_DATA).mov(COUNTER, 10);
          const top = a.place();
          a.ldr(2, 1).word(UNALIGNED).subs(COUNTER, COUNTER, 1).bc('ne', top).mov(1, DATA).ldr(2, 1).word(UNALIGNED);
        },
        // HCR_EL2: RW, DC, VM. VTCR_EL2: 39-bit IPA, walks start at level 1.
        registers: {
          HCR_EL2: (1n << 31n) | (1n << 12n) | 1n,
          VTCR_EL2: 0x8000_0000n | 25n | (1n << 6n) | (2n << 16n),
          VTTBR_EL2: BigInt(RAM + 0x8000),
        },
      });
      const { bus } = world.system;
      const write = (pa: number, value: bigint) => bus.writeBytes(pa, new Uint8Array(BigUint64Array.of(value).buffer));
      const [readWrite, af, normal] = [3n << 6n, 1n << 10n, 0xfn << 2n];
      write(RAM + 0x8008, BigInt(RAM + 0x9000) | 3n);
      write(RAM + 0x9000, BigInt(RAM) | readWrite | af | normal | 1n);
      write(RAM + 0x9008, BigInt(BLOCK_DATA) | readWrite | af | 1n);
      expect(world.run(LIMIT)).toBe('stuck');
      // Ten alignment faults, none in Normal memory.
      expect(world.x(28)).toBe(10n);
    }
  });
});

describe('maintenance of caches by VA', () => {
  /** DC CIVAC, X1. */
  const CLEAN = 0xd50b_7e21;
  const UNTOUCHED = BLOCK_DATA + 0x5_0000;

  it('looks a page up once, and leaves RAM that was never touched as it is', () => {
    for (const mode of MODES) {
      const world = new World(mode, {
        name: 'clean, then read',
        code: (a) => {
          a.mov(1, UNTOUCHED).mov(COUNTER, 64);
          const top = a.place();
          a.word(CLEAN).subs(COUNTER, COUNTER, 1).bc('ne', top).wfi();
          a.ldr(2, 1);
        },
      });
      const { bus } = world.system;
      const { stats } = world.cpu.mmu.tlb;
      expect(world.run(LIMIT)).toBe('stuck');
      expect(bus.peekFrame(UNTOUCHED)).toBe(0);
      expect(stats.of('EL1&0', 0).hits).toBeLessThan(10);
      bus.write32(UNTOUCHED, 5);
      world.cpu.waiting = 'running';
      expect(world.run(LIMIT)).toBe('stuck');
      expect(world.x(2)).toBe(5n);
    }
  });
});
