/** How cost grows with size: guest memory, code and CPUs as kernels, VMs by the hypervisor in TypeScript. */

import { readFileSync } from 'node:fs';
import { VmHost } from '../../src/machine/vm-host.ts';
import { coldCode } from './assembly.ts';
import { firmware } from './kernels.ts';
import type { Program } from './program.ts';

const MIB = 2 ** 20;
/** What bench/vm leaves out of its RAM: what lies before its pages. */
const BEFORE_PAGES_MIB = 32;

function memory(memoryMib: number): Program {
  const rounds = (memoryMib - BEFORE_PAGES_MIB) * 256;
  return firmware({
    name: `first touch of ${memoryMib} MiB`,
    unit: 'page',
    perRound: 1,
    guest: 'vm',
    kernel: 1,
    rounds,
    checksum: ((rounds * (rounds - 1)) / 2).toString(16),
    memoryMib,
  });
}

const CPU_ROUNDS = 30_000;

/** Every CPU does the same: the unit is a step of one of them. */
const cpus = (count: number): Program =>
  firmware({
    name: `${count} CPUs`,
    unit: 'step',
    perRound: 1024 * count,
    guest: 'cpus',
    rounds: CPU_ROUNDS,
    checksum: '93b44cedb322ced2',
    cpus: count,
  });

export const SCALING: readonly Program[] = [
  ...[128, 512, 1024, 2048].map(memory),
  ...[1, 4, 16, 32].map(coldCode),
  ...[1, 2, 4, 8].map(cpus),
];

export const VM_COUNTS = [1, 10, 100, 1000];
const VM_MIB = 128;
const GUEST = 'firmware/images/same-ipa.elf';

/** Seconds for so many VMs at the same time, made, run in turns to their ends and destroyed; each checks its memory. */
export function runVms(count: number): number {
  const image = readFileSync(GUEST);
  const start = performance.now();
  const host = new VmHost({ memoryBytes: 1024 * MIB });
  const vms = Array.from({ length: count }, (_, i) => {
    return host.createGuest({ name: `vm${i}`, memoryBytes: VM_MIB * MIB, image }).vm;
  });
  host.hypervisor.run();
  for (const { name, end } of vms) {
    if (end?.reason !== 'exit' || end.code !== 0) throw new Error(`${name} ended with ${JSON.stringify(end)}`);
  }
  for (const vm of vms) host.hypervisor.destroyVm(vm);
  return (performance.now() - start) / 1000;
}
