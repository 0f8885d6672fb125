/** Accesses to devices that were accessed before: the page, the rights and the size of each count as at the first. */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import type { Device } from '../../../src/devices/device.ts';
import { type Program, World } from './world.ts';
import { DEVICE, EXCEPTIONS, TABLES } from './world-memory.ts';

const MODES: readonly EngineMode[] = ['interp', 'jit', 'auto'];
const COUNTER = 20;
const LIMIT = 100_000;
const ROUNDS = 20;
const MMU_OFF = { SCTLR_EL1: 0x30d0_0800n };
const OTHERS = 0x0a00_0000;

/** Notes each access as `read OFFSET SIZE` or `write OFFSET SIZE VALUE`. */
class Recorder implements Device {
  readonly log: string[] = [];
  constructor(readonly name: string) {}
  read(offset: number, size: number): number {
    this.log.push(`read ${offset} ${size}`);
    return 0xffff_ff80;
  }
  write(offset: number, size: number, value: number): void {
    this.log.push(`write ${offset} ${size} ${value}`);
  }
}

describe.each(MODES)('devices, %s', (mode) => {
  const run = (program: Omit<Program, 'name'>, prepare: (world: World) => void = () => {}): World => {
    const world = new World(mode, { name: 'devices', ...program });
    prepare(world);
    expect(world.run(LIMIT)).toBe('stuck');
    return world;
  };

  it('answer each for its own part of a page, and nobody for the rest', () => {
    const devices = [new Recorder('first'), new Recorder('second')];
    const world = run(
      {
        registers: MMU_OFF,
        code: (a) => {
          a.mov(1, OTHERS).mov(COUNTER, ROUNDS);
          const top = a.place();
          a.ldr(2, 1, 0, 'w').ldr(2, 1, 0x204, 'w').ldr(2, 1, 0x400, 'w').subs(COUNTER, COUNTER, 1).bc('ne', top);
        },
      },
      ({ system: { bus } }) => {
        for (const [i, device] of devices.entries()) bus.addDevice(OTHERS + i * 0x200, 0x200, device);
      },
    );
    expect(devices[0].log).toEqual(new Array(ROUNDS).fill('read 0 4'));
    expect(devices[1].log).toEqual(new Array(ROUNDS).fill('read 4 4'));
    expect(world.x(EXCEPTIONS)).toBe(BigInt(ROUNDS));
  });

  it('get accesses in the sizes that they know', () => {
    const device = new Recorder('recorder');
    /** LDRSB X3, [X1, #1]; STRB W2, [X1, #1]; LDR X4, [X1]; STR X2, [X1]. */
    const words = [0x3980_0423, 0x3900_0422, 0xf940_0024, 0xf900_0022];
    const world = run(
      {
        registers: MMU_OFF,
        code: (a) => {
          a.mov(1, OTHERS).mov(2, 0x1_0002_0304).mov(COUNTER, 2);
          const top = a.place();
          for (const word of words) a.word(word);
          a.subs(COUNTER, COUNTER, 1).bc('ne', top);
        },
      },
      ({ system: { bus } }) => bus.addDevice(OTHERS, 0x1000, device),
    );
    const round = ['read 1 1', 'write 1 1 4', 'read 0 4', 'read 4 4', 'write 0 4 131844', 'write 4 4 1'];
    expect(device.log).toEqual([...round, ...round]);
    expect(world.x(3)).toBe(0xffff_ffff_ffff_ff80n);
    expect(world.x(4)).toBe(0xffff_ff80_ffff_ff80n);
  });

  it('are out of reach once their translation is gone, and not before', () => {
    /** TLBI VMALLE1; DSB SY; ISB. */
    const forget = [0xd508_871f, 0xd503_3f9f, 0xd503_3fdf];
    const world = run({
      code: (a) => {
        a.mov(1, DEVICE).mov(5, TABLES).mov(COUNTER, ROUNDS);
        const top = a.place();
        a.ldr(2, 1, 8, 'w').subs(COUNTER, COUNTER, 1).bc('ne', top).str(31, 5).ldr(2, 1, 8, 'w');
        for (const word of forget) a.word(word);
        a.mov(2, 0).ldr(2, 1, 8, 'w').str(2, 1, 12, 'w');
      },
    });
    expect(world.device.log).toHaveLength(ROUNDS + 1);
    expect(world.x(2)).toBe(0n);
    expect(world.x(EXCEPTIONS)).toBe(2n);
  });

  it('are not written where they may only be read', () => {
    const READ_ONLY = 1 << 7;
    const world = run({
      code: (a) => {
        // The tables say so before the page is accessed for the first time.
        a.mov(1, DEVICE).mov(5, TABLES).ldr(6, 5).mov(7, READ_ONLY).addr(6, 6, 7).str(6, 5).mov(COUNTER, ROUNDS);
        const top = a.place();
        a.ldr(2, 1, 8, 'w').str(2, 1, 12, 'w').subs(COUNTER, COUNTER, 1).bc('ne', top);
      },
    });
    expect(world.device.log).toHaveLength(ROUNDS);
    expect(world.x(EXCEPTIONS)).toBe(BigInt(ROUNDS));
  });

  it('leave PC at the access when they fail', () => {
    let failing = 0;
    const world = new World(mode, {
      name: 'device that fails',
      registers: MMU_OFF,
      code: (a) => {
        a.mov(1, OTHERS).ldr(2, 1, 0, 'w').add(3, 3, 1);
        failing = a.here;
        a.ldr(2, 1, 4, 'w').add(3, 3, 1);
      },
    });
    const read = (offset: number): number => {
      if (offset === 4) throw new Error('no memory');
      return 0;
    };
    world.system.bus.addDevice(OTHERS, 0x1000, { name: 'failing', read, write: () => {} });
    expect(() => world.run(LIMIT)).toThrow('no memory');
    expect(world.cpu.state.pc).toBe(BigInt(failing));
  });
});
