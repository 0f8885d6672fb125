/** The firmware guests that end by themselves at EL1, each in a VM: console as on a machine that follows the manual. */

import { describe, expect, it } from 'vitest';
import { firmwareConsole, Host } from './harness.ts';

describe('firmware in a VM', () => {
  it.each([
    ['hello', 'interp'],
    ['exceptions', 'interp'],
    ['exceptions', 'jit'],
    ['stage1', 'interp'],
    ['stage1', 'jit'],
    ['at', 'interp'],
    ['touch64m', 'auto'],
    ['debug', 'interp'],
    ['debug', 'jit'],
  ] as const)('%s ends as on the bare machine, engine %s', (name, engine) => {
    const host = new Host({ engine });
    const guest = host.firmware(name);
    expect(host.hyp.run({ maxInstructions: 50_000_000 })).toBe('ended');
    expect(guest.console).toBe(firmwareConsole(name));
    expect(guest.vm.end).toEqual({ reason: 'exit', code: 0 });
  });
});
