/** The boot of a Linux kernel with an initial RAM disk to its marker, on el2 and on QEMU. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { Machine } from '../../src/machine/machine.ts';
import { QEMU } from './runners.ts';

/** Files of the folder: an arm64 Image, and a RAM disk whose /init prints the marker. */
const KERNEL = 'Image';
const INITRD = 'initrd.gz';
const MARKER = 'BOOT-OK';
const APPEND = 'console=ttyAMA0 earlycon=pl011,0x9000000';
const MEMORY_MIB = 1024;
const PANIC = 'Kernel panic';
/** More than any runner needs. */
const TIMEOUT_MS = 60_000;

export interface LinuxFiles {
  readonly kernel: string;
  readonly initrd: string;
}

/** The kernel and RAM disk in a folder; undefined where one is missing. */
export function linuxIn(folder: string): LinuxFiles | undefined {
  const files = { kernel: join(folder, KERNEL), initrd: join(folder, INITRD) };
  return existsSync(files.kernel) && existsSync(files.initrd) ? files : undefined;
}

/** Seconds to the marker on el2. */
export function bootEl2({ kernel, initrd }: LinuxFiles, engine: EngineMode): number {
  const start = performance.now();
  const machine = new Machine({ memoryBytes: MEMORY_MIB << 20, engine });
  machine.load(readFileSync(kernel), { append: APPEND, initrd: readFileSync(initrd) });
  const interrupted = () => performance.now() - start > TIMEOUT_MS;
  const end = machine.run({ until: MARKER, failOn: PANIC, interrupted });
  if (end.reason !== 'until')
    throw new Error(`Linux ended with ${JSON.stringify(end)}: ${machine.console.slice(-500)}`);
  return (performance.now() - start) / 1000;
}

/** Seconds to the marker on QEMU, the start of the process included. */
export function bootQemu({ kernel, initrd }: LinuxFiles): Promise<number> {
  const board = ['-M', 'virt,gic-version=2', '-cpu', 'cortex-a57', '-m', `${MEMORY_MIB}M`, '-nic', 'none'];
  const console = ['-display', 'none', '-serial', 'stdio', '-monitor', 'none'];
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const guest = ['-kernel', kernel, '-initrd', initrd, '-append', APPEND];
    const child = spawn(QEMU, [...board, ...console, ...guest], { stdio: ['ignore', 'pipe', 'ignore'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    let text = '';
    let seconds: number | undefined;
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (seconds !== undefined || !text.includes(MARKER)) return;
      seconds = (performance.now() - start) / 1000;
      child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      if (seconds === undefined) reject(new Error(`did not print ${MARKER}`));
      else resolve(seconds);
    });
  });
}
