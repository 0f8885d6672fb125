/** Two VMs with Linux side by side under the hypervisor: each checks its machine, undisturbed by the other. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { guestFiles } from '../../../scripts/guests/folders.ts';
import { VmHost } from '../../../src/index.ts';
import { type Cell, canRun } from './cells.ts';
import { complaintAbout } from './checks.ts';

const MIB = 2 ** 20;
const VM_BYTES = 512 * MIB;
/** Of both VMs together. */
const LIMIT = 12_000_000_000;
const KERNELS = ['arm64', 'cloud-arm64'] as const;

/** Runs the VMs until both have ended; their consoles and ends. */
function runBoth() {
  // The hypervisor has its tables beside the memory of the VMs.
  const host = new VmHost({ memoryBytes: KERNELS.length * VM_BYTES + 16 * MIB });
  const guests = KERNELS.map((name) => {
    const { image, initrd } = guestFiles(name);
    const files = { image: readFileSync(image), initrd: readFileSync(initrd) };
    const { vm } = host.createGuest({ name, memoryBytes: VM_BYTES, append: 'console=ttyAMA0 quiet', ...files });
    const written: Uint8Array[] = [];
    vm.onConsole = (bytes) => void written.push(bytes.slice());
    return { name, vm, console: () => Buffer.concat(written).toString() };
  });
  host.hypervisor.run({ maxInstructions: LIMIT, until: () => guests.every(({ vm }) => vm.end !== undefined) });
  return guests;
}

it.skipIf(!canRun(...KERNELS.map((kernel): Cell => ({ command: 'run', kernel, cpu: 'cortex-a57', cpus: 1 }))))(
  'two VMs, one with each kernel, pass their checks side by side',
  () => {
    for (const { vm, console } of runBoth()) {
      expect(complaintAbout(console(), ['cpu0', 'timer-interrupts'])).toBeUndefined();
      expect(vm.end).toEqual({ reason: 'off' });
    }
  },
);
