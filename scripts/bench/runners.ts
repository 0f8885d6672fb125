/** The emulators that the benchmark compares: each runs an image to its end and says how long that took. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { Machine } from '../../src/machine/machine.ts';

export interface Runner {
  readonly name: string;
  /** Seconds of wall time for a guest, whose exit code must be 0. `el2`: the machine has an EL2. */
  run(image: Uint8Array, el2: boolean): { seconds: number; instructions: number | undefined };
}

const MEMORY_MIB = 128;
const LIMIT = 4e9;

/** el2 in this process, from the load of the image on. */
export const el2Runner = (engine: EngineMode): Runner => ({
  name: `el2 ${engine}`,
  run(image, el2) {
    const machine = new Machine({ memoryBytes: MEMORY_MIB << 20, virtualization: el2, semihosting: true, engine });
    const start = performance.now();
    machine.load(image);
    const end = machine.run({ maxInstructions: LIMIT });
    const seconds = (performance.now() - start) / 1000;
    if (end.reason !== 'exit' || end.code !== 0) throw new Error(`the guest ended with ${JSON.stringify(end)}`);
    return { seconds, instructions: machine.system.instructions };
  },
});

const QEMU = 'qemu-system-aarch64';

/** QEMU's TCG, the whole process; undefined where it is not installed. */
export function qemuRunner(): Runner | undefined {
  const version = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return undefined;
  return {
    name: `QEMU ${/version ([\d.]+)/.exec(version.stdout)?.[1] ?? ''}`,
    run(image, el2) {
      const folder = mkdtempSync(join(tmpdir(), 'el2-bench-'));
      const kernel = join(folder, 'guest.elf');
      writeFileSync(kernel, image);
      const machine = `virt${el2 ? ',virtualization=on' : ''}`;
      const board = ['-M', machine, '-cpu', 'cortex-a57', '-m', `${MEMORY_MIB}M`, '-nographic', '-nic', 'none'];
      const args = [...board, '-semihosting', '-kernel', kernel];
      const start = performance.now();
      const { status, stderr } = spawnSync(QEMU, args, { encoding: 'utf8', input: '', timeout: 120_000 });
      const seconds = (performance.now() - start) / 1000;
      rmSync(folder, { recursive: true });
      if (status !== 0) throw new Error(`QEMU ended with ${status}: ${stderr}`);
      return { seconds, instructions: undefined };
    },
  };
}
