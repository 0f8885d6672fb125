/** The public API of the bare machine. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ipa, pa, va } from '../../src/arch/addresses.ts';
import { ImageError } from '../../src/arch/image/image-error.ts';
import { PC, R, X } from '../../src/cpu/slots.ts';
import { Machine } from '../../src/machine/machine.ts';
import { MachineError } from '../../src/machine/machine-error.ts';

const image = (name: string) => readFileSync(new URL(`../../firmware/images/${name}.elf`, import.meta.url));
/** A flat program of A64 words. */
const flat = (...words: number[]) => new Uint8Array(Uint32Array.from(words).buffer);

function machine(file: Uint8Array, options: ConstructorParameters<typeof Machine>[0] = {}) {
  const made = new Machine({ semihosting: true, ...options });
  made.load(file);
  return made;
}

const B_SELF = 0x1400_0000;
const MOVZ_X0_9 = 0xd280_0120;
const MOVK_X0_8400_16 = 0xf2b0_8000;
const HVC = 0xd400_0002;
const WFI = 0xd503_207f;
const UDF = 0;

describe('a bare machine', () => {
  it('boots an image to its end and keeps its console', () => {
    const m = machine(image('hello'));
    expect(m.run()).toEqual({ reason: 'exit', code: 0 });
    expect(m.console).toBe('hello from EL1\n');
  });

  it('enters at EL2 where there is one', () => {
    const m = machine(image('hello'), { virtualization: true });
    m.run();
    expect(m.console).toBe('hello from EL2\n');
  });

  it('ends at a text on the console, and goes on from there', () => {
    const m = machine(image('hello'));
    expect(m.run({ until: 'lo fr' })).toEqual({ reason: 'until' });
    expect(m.console).toBe('hello fr');
    expect(m.run({ failOn: 'EL1' })).toEqual({ reason: 'failOn' });
    expect(m.run()).toEqual({ reason: 'exit', code: 0 });
  });

  it('runs exactly as many instructions as it is given', () => {
    const m = machine(image('spin'));
    expect(m.run({ maxInstructions: 1234 })).toEqual({ reason: 'budget' });
    expect(m.system.instructions).toBe(1234);
    m.run({ maxInstructions: 1 });
    expect(m.system.instructions).toBe(1235);
  });

  it('echoes its input', () => {
    const m = machine(image('echo'));
    m.input(new TextEncoder().encode('abcq'));
    expect(m.run({ maxInstructions: 1_000_000 })).toEqual({ reason: 'exit', code: 0 });
    expect(m.console).toContain('abc');
  });

  it('is stuck when a vector faults to itself', () => {
    expect(machine(image('stuck')).run({ maxInstructions: 1e6 })).toEqual({ reason: 'stuck' });
    expect(machine(flat(UDF)).run({ maxInstructions: 1e6 })).toEqual({ reason: 'stuck' });
  });

  it('is stuck when its CPU waits for an interrupt that cannot come', () => {
    expect(machine(flat(WFI, B_SELF)).run({ maxInstructions: 1e6 })).toEqual({ reason: 'stuck' });
  });

  it('powers off by PSCI', () => {
    expect(machine(image('psci-off')).run()).toEqual({ reason: 'off' });
    expect(machine(image('psci-off'), { virtualization: true }).run()).toEqual({ reason: 'off' });
  });

  it('starts again at SYSTEM_RESET, or ends there when asked to', () => {
    const reset = flat(MOVZ_X0_9, MOVK_X0_8400_16, HVC);
    expect(machine(reset, { noReboot: true }).run()).toEqual({ reason: 'reset' });
    const m = machine(reset);
    expect(m.run({ maxInstructions: 30 })).toEqual({ reason: 'budget' });
    expect(m.system.instructions).toBe(30);
  });

  it('reads memory by VA, IPA and PA, and registers', () => {
    const m = machine(image('hello'), { virtualization: true });
    m.run();
    const bytes = m.readPa(pa(0x4008_0000), 16);
    expect(bytes).toEqual(m.readVa(va(0x4008_0000), 16));
    expect(bytes).toEqual(m.readIpa(ipa(0x4008_0000), 16));
    expect(m.readPa(pa(0x0c00_0000), 4)).toBeUndefined();
    expect(m.readVa(va(0xffff_0000_0000_0000n), 4)).toBeUndefined();
    expect(m.cpu().state.get(X[0])).toBe(0n);
    expect(m.cpu().state.get(PC)).toBeGreaterThan(0x4008_0000n);
    expect(m.cpu().state.get(R.MIDR_EL1)).toBe(0x411f_d070n);
  });

  it('refuses options and images that no machine can take', () => {
    expect(() => new Machine({ cpu: 'z80' })).toThrow(MachineError);
    expect(() => new Machine({ memoryBytes: 5 })).toThrow(MachineError);
    expect(() => machine(new Uint8Array())).toThrow(ImageError);
    expect(() => machine(image('hello'), { memoryBytes: 4096 })).toThrow(ImageError);
  });

  it('runs the same twice', () => {
    const [a, b] = [machine(image('stage1')), machine(image('stage1'))];
    a.run();
    b.run();
    expect(a.system.instructions).toBe(b.system.instructions);
    expect(a.console).toBe(b.console);
  });
});
