/** Every firmware guest that is entered at EL1, in a VM: the console of the bare machine, and every engine agrees. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Run, vmRuns } from '../../firmware/guests.mjs';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { VmHost } from '../../src/machine/vm-host.ts';
import { compared, expectedOf, limitOf } from './boot.ts';

const ENGINES: readonly EngineMode[] = ['interp', 'jit', 'auto'];
const MIB = 2 ** 20;
const MEMORY = 128 * MIB;

function outcomeOf({ guest, cpu, smp, ...run }: Run, engine: EngineMode, cpus: number) {
  const host = new VmHost({ cpu, cpus, engine, memoryBytes: MEMORY + 2 * MIB });
  const image = readFileSync(new URL(`../../firmware/images/${guest.name}.elf`, import.meta.url));
  const { vm } = host.createGuest({ name: guest.name, memoryBytes: MEMORY, vcpus: smp, image });
  let text = '';
  vm.onConsole = (bytes) => {
    text += String.fromCharCode(...bytes);
  };
  vm.input(new TextEncoder().encode(guest.stdin ?? ''));
  host.hypervisor.run({ maxInstructions: limitOf({ guest, cpu, smp, ...run }) });
  const { vms, virtualNanoseconds } = host.hypervisor.statistics();
  return { console: text, end: vm.end, instructions: host.system.instructions, virtualNanoseconds, vms };
}

it.each(vmRuns.map((run) => ({ ...run, name: run.guest.name })))('$name with $smp vCPUs of $cpu', (run) => {
  for (const cpus of run.smp === 1 ? [1] : [1, run.smp]) {
    const [first, ...others] = ENGINES.map((engine) => outcomeOf(run, engine, cpus));
    expect(compared(first.console)).toBe(expectedOf(run));
    if (run.guest.code === 'never') expect([undefined, 'stuck']).toContain(first.end?.reason);
    else if (first.end?.reason === 'exit') expect(first.end.code).toBe(run.guest.code);
    else expect(first.end?.reason).toBe('off');
    for (const other of others) expect(other).toEqual(first);
  }
});
