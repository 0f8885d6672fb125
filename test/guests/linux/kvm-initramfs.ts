/** An initramfs whose first process checks KVM: nothing but the program of scripts/guests/kvm. */

import { readFileSync } from 'node:fs';
import { CONSOLE_NODE, cpio, DIRECTORY, PROGRAM } from '../../../scripts/guests/cpio.ts';

/** The archive, uncompressed. */
export const kvmInitramfs = (): Uint8Array =>
  cpio([
    { path: 'dev', mode: DIRECTORY },
    { path: 'dev/console', mode: CONSOLE_NODE, device: [5, 1] },
    { path: 'init', mode: PROGRAM, data: readFileSync('scripts/guests/kvm/kvm.elf') },
  ]);
