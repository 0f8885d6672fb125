/** Every firmware guest that is entered at EL1, in a VM: the console of the bare machine, and every engine agrees. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Run, vmRuns } from '../../firmware/guests.mjs';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { VmHost, type VmHostOptions } from '../../src/machine/vm-host.ts';
import { compared, expectedOf, limitOf } from './boot.ts';

const ENGINES: readonly EngineMode[] = ['interp', 'jit', 'auto'];
const MIB = 2 ** 20;
const MEMORY = 128 * MIB;

function outcomeOf({ guest, cpu, smp, ...run }: Run, options: VmHostOptions) {
  const host = new VmHost({ cpu, memoryBytes: MEMORY + 2 * MIB, gicVersion: guest.gic ?? 2, ...options });
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
    const [first, ...others] = ENGINES.map((engine) => outcomeOf(run, { engine, cpus }));
    expect(compared(first.console)).toBe(expectedOf(run));
    if (run.guest.code === 'never') expect([undefined, 'stuck']).toContain(first.end?.reason);
    else if (first.end?.reason === 'exit') expect(first.end.code).toBe(run.guest.code);
    else expect(first.end?.reason).toBe('off');
    for (const other of others) expect(other).toEqual(first);
  }
});

/** Guests that spend their time in computing would only be slow here. */
const quick = vmRuns.filter(({ guest, smp }) => !guest.name.startsWith('bench/') && smp <= 2);

it.each(quick.map((run) => ({ ...run, name: run.guest.name })))(
  'an adversarial TLB does not harm $name with $smp vCPUs of $cpu',
  (run) => {
    for (const chaos of [1, 2, 3]) {
      expect(compared(outcomeOf(run, { cpus: run.smp, tlb: { chaos } }).console)).toBe(expectedOf(run));
    }
  },
);
