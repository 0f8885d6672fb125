/** Runners of the guest's image: el2 in this process, and QEMU's TCG. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { Machine } from '../../src/machine/machine.ts';
import { VmHost } from '../../src/machine/vm-host.ts';
import { inFolder, output } from './processes.ts';
import { check, guestSeconds, type Program } from './program.ts';
import { Stopwatch } from './stopwatch.ts';

export interface Runner {
  readonly name: string;
  /** Whether it can run the program at all. */
  takes(program: Program): boolean;
  /** Runs the program to its end and returns the seconds of what is measured. Throws unless it ends with exit code 0 and the checksum of the program. */
  run(program: Program, image: Uint8Array): number;
}

const MIB = 2 ** 20;
/** RAM for the stage-2 tables of a VM, and for what the hypervisor needs. */
const TABLES_MIB = 16;
const LIMIT = 2e10;

function runMachine(program: Program, image: Uint8Array, engine: EngineMode): number {
  const { memoryMib, cpus, place } = program;
  const virtualization = place === 'EL2';
  const machine = new Machine({ memoryBytes: memoryMib * MIB, cpus, virtualization, semihosting: true, engine });
  const stopwatch = new Stopwatch();
  machine.onConsole = (bytes) => stopwatch.feed(bytes);
  machine.load(image);
  const end = machine.run({ maxInstructions: LIMIT });
  if (end.reason !== 'exit' || end.code !== 0) throw new Error(`${program.name} ended with ${JSON.stringify(end)}`);
  check(program, stopwatch.console);
  return stopwatch.seconds;
}

function runVm(program: Program, image: Uint8Array, engine: EngineMode): number {
  const { memoryMib, cpus } = program;
  const host = new VmHost({ memoryBytes: (memoryMib + TABLES_MIB) * MIB, cpus, engine });
  const { vm } = host.createGuest({ name: 'guest', memoryBytes: memoryMib * MIB, vcpus: cpus, image });
  const stopwatch = new Stopwatch();
  vm.onConsole = (bytes) => stopwatch.feed(bytes);
  host.hypervisor.run({ maxInstructions: LIMIT });
  const { end } = vm;
  if (end?.reason !== 'exit' || end.code !== 0) throw new Error(`${program.name} ended with ${JSON.stringify(end)}`);
  check(program, stopwatch.console);
  return stopwatch.seconds;
}

export const el2Runner = (engine: EngineMode): Runner => ({
  name: `el2 ${engine}`,
  takes: () => true,
  run: (program, image) => (program.place === 'VM' ? runVm : runMachine)(program, image, engine),
});

export const QEMU = 'qemu-system-aarch64';

/** The version of QEMU; undefined where it is not installed. */
export function qemuVersion(): string | undefined {
  const { status, stdout } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/version ([\d.]+)/.exec(stdout)?.[1] ?? '') : undefined;
}

/** QEMU's TCG, where CNTVCT_EL0 is the host's clock: the guest times itself. */
export const qemuRunner = (version: string): Runner => ({
  name: `QEMU ${version}`,
  takes: ({ place }) => place !== 'VM',
  run: (program, image) =>
    inFolder((folder) => {
      const kernel = join(folder, 'guest.elf');
      writeFileSync(kernel, image);
      const { memoryMib, cpus, place } = program;
      const machine = `virt,gic-version=2${place === 'EL2' ? ',virtualization=on' : ''}`;
      const board = ['-M', machine, '-cpu', 'cortex-a57', '-m', `${memoryMib}M`, '-smp', `${cpus}`];
      const devices = ['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none', '-semihosting'];
      const console = output(QEMU, [...board, ...devices, '-kernel', kernel]);
      check(program, console);
      return guestSeconds(console);
    }),
});
