/** Where fetched packages and built guests are kept. */

import { join, resolve } from 'node:path';
import type { FirmwareName, KernelName } from './packages.ts';

/** The cache: EL2_GUESTS_CACHE, else `.cache/guests` of the working directory, which is the repository's root. */
export const cacheFolder = (): string => resolve(process.env.EL2_GUESTS_CACHE ?? '.cache/guests');

/** The files of one kernel that guests boot from. */
export interface GuestFiles {
  /** The kernel, uncompressed. */
  readonly image: string;
  /** The kernel, compressed by gzip. */
  readonly imageGz: string;
  /** The initramfs with busybox and its checks. */
  readonly initrd: string;
  /** The initramfs with Debian's programs too. */
  readonly programs: string;
  /** The initramfs that boots the kernel once more in a VM, for a kernel that is entered at EL2. */
  readonly nested: string;
  /** The initramfs with the kernel's own tests of KVM, made on demand. */
  readonly selftests: string;
}

/** Where the files of a kernel are, once they are built. */
export function guestFiles(kernel: KernelName): GuestFiles {
  const at = (file: string): string => join(cacheFolder(), kernel, file);
  return {
    image: at('Image'),
    imageGz: at('Image.gz'),
    initrd: at('initrd.gz'),
    programs: at('programs.gz'),
    nested: at('nested.cpio'),
    selftests: at('selftests.gz'),
  };
}

/** Firmware for flash. */
export const firmwareFile = (name: FirmwareName): string => join(cacheFolder(), 'firmware', `${name}.bin`);

/** The hypervisor Xen, and the initramfs of a first domain that makes another with the kernel `arm64`. */
export const XEN_FILES = {
  get hypervisor(): string {
    return join(cacheFolder(), 'xen', 'xen');
  },
  get initrd(): string {
    return join(cacheFolder(), 'xen', 'domains.cpio');
  },
};
