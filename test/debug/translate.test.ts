/** Translations of a running machine explained, and the walk behind its last abort. */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import { explain, explainText, failingWalk } from '../../src/debug/translate.ts';
import { Machine } from '../../src/machine/machine.ts';

/** Runs so many instructions of a flat program. */
function machineAfter(instructions: number, ...words: number[]): Machine {
  const machine = new Machine({ virtualization: true });
  machine.load(new Uint8Array(Uint32Array.from(words).buffer));
  machine.run({ maxInstructions: instructions });
  return machine;
}
const LOOP = 0x1400_0000; // b .
const LOAD_FROM_2_52 = [0xd2e0_0201, 0xf940_0020, LOOP]; // mov x1, #0x10000000000000; ldr x0, [x1]
const STORE_TO_2_52 = [0xd2e0_0201, 0xf900_0020, LOOP]; // the same with str

describe('explain', () => {
  it('says how the current level, or another one, translates a VA', () => {
    const cpu = machineAfter(1, LOOP).cpu();
    expect(explain(cpu, va(0x4008_0000n))).toMatchObject({ regime: 'EL2', access: 'read', ok: true, pa: '0x40080000' });
    expect(explain(cpu, va(0x4008_0000n), 'execute', 0)).toMatchObject({
      regime: 'EL1&0',
      access: 'execute',
      unprivileged: true,
      ok: true,
    });
    expect(explain(cpu, va(2n ** 52n), 'write')).toMatchObject({
      ok: false,
      fault: 'stage 1 address size fault, level 0',
    });
  });

  it('says it as text', () => {
    const text = explainText(machineAfter(1, LOOP).cpu(), va(0x4008_0000n));
    expect(text).toMatch(/^VA 0x40080000 read, EL2, .*\n {2}VA 0x40080000 -> PA 0x40080000 /);
  });
});

describe('the failing walk', () => {
  it.each([
    ['read', LOAD_FROM_2_52],
    ['write', STORE_TO_2_52],
  ])('is that of the %s which aborted last', (access, words) => {
    const cpu = machineAfter(2, ...words).cpu();
    const record = failingWalk(cpu);
    expect(record?.walk).toMatchObject({ va: 2n ** 52n, access, regime: 'EL2' });
    expect(record?.result.fault).toBe('stage 1 address size fault, level 0');
    expect(failingWalk(cpu, 1)).toBeUndefined();
  });

  it('is none before an abort, and after an exception of another kind', () => {
    expect(failingWalk(machineAfter(1, LOOP).cpu())).toBeUndefined();
    expect(failingWalk(machineAfter(1, 0xd400_0001).cpu())).toBeUndefined(); // svc #0
  });
});
