/** ERET: legal and illegal returns for every mode, and what else a return does. */

import { describe, expect, it } from 'vitest';
import { LEAVE } from '../../../src/cpu/core.ts';
import { EVENT, EXCLUSIVE_SIZE } from '../../../src/cpu/slots.ts';
import { FakeCore } from './fake-core.ts';
import { ERET, execute } from './words.ts';

const FLAGS = 0xa000_0140n;
const TARGET = 0x1234_5678n;

/** Modes that exist, by SPSR_ELx.M[4:0], and their EL (DDI 0487, "SPSR_EL2"). */
const MODES: Record<number, 0 | 1 | 2> = { 0b00000: 0, 0b00100: 1, 0b00101: 1, 0b01000: 2, 0b01001: 2 };

function returned(from: 1 | 2, mode: number, options: { tge?: boolean; el2?: boolean } = {}) {
  const core = new FakeCore({ el2: options.el2 ?? true }).at(from);
  if (options.tge) core.with('HCR_EL2', 1n << 27n);
  core.with(`SPSR_EL${from}`, FLAGS | BigInt(mode)).with(`ELR_EL${from}`, TARGET);
  expect(execute(core, 'ERET', ERET)).toBe(LEAVE);
  return core;
}

describe('exception return', () => {
  for (const from of [1, 2] as const) {
    for (const tge of [false, true]) {
      it(`from EL${from} with TGE ${tge}: legal exactly for modes of this or a lower EL that exist`, () => {
        for (let mode = 0; mode < 32; mode++) {
          const core = returned(from, mode, { tge });
          const el = MODES[mode];
          const legal = el !== undefined && el <= from && !(tge && el === 1);
          const kept = (from << 2) | 1;
          const expected = Number(FLAGS) + (legal ? mode : (1 << 20) | kept);
          expect([mode, core.state.pstate.toString(16)]).toEqual([mode, expected.toString(16)]);
          expect(core.state.pc).toBe(TARGET);
        }
      });
    }
  }

  it('to EL2 is illegal where there is no EL2', () => {
    expect(returned(1, 0b01001, { el2: false }).state.pstate & (1 << 20)).not.toBe(0);
  });

  it('restores PSTATE.IL', () => {
    const core = new FakeCore().at(2).with('SPSR_EL2', (1n << 20n) | 5n);
    execute(core, 'ERET', ERET);
    expect(core.state.pstate).toBe((1 << 20) | 5);
  });

  it('clears the exclusive monitor and sets the event register', () => {
    const core = new FakeCore().at(1).with('SPSR_EL1', 5n);
    core.state.set32(EXCLUSIVE_SIZE, 8);
    execute(core, 'ERET', ERET);
    expect([core.state.lo(EXCLUSIVE_SIZE), core.state.lo(EVENT), core.contextChanges]).toEqual([0, 1, 1]);
  });

  it('removes an address tag by the TBI of the regime that it returns to', () => {
    const lower = new FakeCore()
      .at(2)
      .with('TCR_EL1', 1n << 37n)
      .with('ELR_EL2', 0xff00_0000_0000_1000n);
    execute(lower, 'ERET', ERET);
    expect(lower.state.pc).toBe(0x1000n);
    const upper = new FakeCore()
      .at(2)
      .with('TCR_EL1', 1n << 38n)
      .with('ELR_EL2', 0x12ff_0000_0000_1000n);
    execute(upper, 'ERET', ERET);
    expect(upper.state.pc).toBe(0xffff_0000_0000_1000n);
    const el2 = new FakeCore()
      .at(2)
      .with('TCR_EL2', 1n << 20n)
      .with('ELR_EL2', 0x12ff_0000_0000_1000n);
    execute(el2.with('SPSR_EL2', 9n), 'ERET', ERET);
    expect(el2.state.pc).toBe(0x00ff_0000_0000_1000n);
    const untagged = new FakeCore().at(2).with('ELR_EL2', 0x12ff_0000_0000_1000n);
    execute(untagged, 'ERET', ERET);
    expect(untagged.state.pc).toBe(0x12ff_0000_0000_1000n);
  });
});
