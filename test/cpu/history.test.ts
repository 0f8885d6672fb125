/** The rings of branches and exceptions. */

import { expect, it } from 'vitest';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { History } from '../../src/cpu/history.ts';
import { HISTORY, HISTORY_COUNT } from '../../src/cpu/slots.ts';
import { CpuState } from '../../src/cpu/state.ts';

const fresh = () => new CpuState(new HostMemory());

it('is empty at first', () => {
  expect(new History(fresh()).branches()).toEqual([]);
  expect(new History(fresh()).exceptions()).toEqual([]);
});

it('keeps the last 32 branches, newest first', () => {
  const state = fresh();
  for (let i = 0; i < 75; i++) {
    state.set(HISTORY[2 * (i % 32)], BigInt(1000 + i));
    state.set(HISTORY[2 * (i % 32) + 1], BigInt(i));
  }
  state.set32(HISTORY_COUNT, 75);
  const branches = new History(state).branches();
  expect(branches.map(({ to }) => to)).toEqual(Array.from({ length: 32 }, (_, age) => BigInt(74 - age)));
  expect(branches[0].from).toBe(1074n);
});

it('counts exceptions whose vector is the instruction that failed', () => {
  const history = new History(fresh());
  for (let i = 0; i < 3; i++) history.exception('Data Abort', 1, 1, 0x9600_0004, 0, 0, 0, 0x200, 0, 0x200);
  expect(history.repeats).toBe(3);
  history.exception('Data Abort', 1, 1, 0x9600_0004, 0, 0, 0, 0x204, 0, 0x200);
  expect(history.repeats).toBe(0);
});

it('keeps the last 8 exceptions, newest first', () => {
  const history = new History(fresh());
  for (let i = 0; i < 10; i++) {
    history.exception('Data Abort', 0, 1, 0x9200_0047 | 0, 0xffff_0000, i, 0, 0x4008_0000, 0xffff_8000, 0x400);
  }
  history.exception('IRQ', 1, 2, undefined, 0, 0, 0, 0x10, 0, 0x480);
  const exceptions = history.exceptions();
  expect(exceptions).toHaveLength(8);
  expect(exceptions[0]).toEqual({
    name: 'IRQ',
    fromEl: 1,
    toEl: 2,
    esr: undefined,
    far: 0n,
    elr: 0x10n,
    target: 0x480n,
  });
  expect(exceptions[1]).toEqual({
    name: 'Data Abort',
    fromEl: 0,
    toEl: 1,
    esr: 0x9200_0047,
    far: 0xffff_0000_0000_0009n,
    elr: 0x4008_0000n,
    target: 0xffff_8000_0000_0400n,
  });
  expect(exceptions[7].far).toBe(0xffff_0000_0000_0003n);
});
