/** The matrix of Linux boots: which kernel on which machine, under which command of el2. A boot is added by adding a row. */

import { existsSync } from 'node:fs';
import { firmwareFile, guestFiles, XEN_FILES } from '../../../scripts/guests/folders.ts';
import type { FirmwareName, KernelName } from '../../../scripts/guests/packages.ts';

export interface Cell {
  /** On the bare machine, or as a VM of el2's hypervisor. */
  readonly command: 'boot' | 'run';
  readonly kernel: KernelName;
  readonly cpu: 'cortex-a53' | 'cortex-a57' | 'cortex-a72' | 'max';
  readonly cpus: 1 | 4;
  /** Architecture version of the GIC; 2 unless told. */
  readonly gic?: 2 | 3;
  /** The kernel is entered at EL2 and keeps it (boot). */
  readonly el2?: boolean;
  /** The initramfs that checks KVM, which needs `el2`, in place of the one with busybox. */
  readonly kvm?: boolean;
  /** The initramfs that boots the kernel once more in a VM by KVM, which needs `el2`. */
  readonly nested?: boolean;
  /** Firmware starts in flash, and loads kernel and initramfs itself (boot). */
  readonly firmware?: FirmwareName;
  /** The kernel is Xen's first domain, with its checks, or makes a second domain, which has them; needs `el2`. */
  readonly xen?: 'dom0' | 'two domains';
  /** The initramfs with the kernel's own tests of KVM, which needs `el2`. */
  readonly selftests?: boolean;
  /** The initramfs with Debian's programs. */
  readonly programs?: boolean;
  /** With virtio devices: an empty disk and a random source. */
  readonly virtio?: boolean;
}

/**
 * Run unless told otherwise: each kernel, CPU model, number of CPUs, GIC, command, firmware and exception level, not each
 * with each, and none that another includes. Firmware and Xen run the checks of a kernel at EL2 and at EL1.
 */
const CHOSEN: readonly Cell[] = [
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1 },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a53', cpus: 4 },
  { command: 'boot', kernel: 'cloud-arm64', cpu: 'cortex-a72', cpus: 4, gic: 3 },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, el2: true, kvm: true },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, gic: 3, el2: true, kvm: true },
  { command: 'boot', kernel: 'arm64', cpu: 'max', cpus: 1, el2: true, kvm: true },
  { command: 'boot', kernel: 'arm64', cpu: 'max', cpus: 4, gic: 3, el2: true, kvm: true },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, el2: true, nested: true },
  { command: 'boot', kernel: 'arm64', cpu: 'max', cpus: 1, gic: 3, el2: true, nested: true },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, gic: 3, firmware: 'u-boot' },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, el2: true, firmware: 'edk2' },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, el2: true, xen: 'two domains' },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, gic: 3, el2: true, xen: 'dom0' },
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, virtio: true, programs: true },
  { command: 'run', kernel: 'cloud-arm64', cpu: 'cortex-a72', cpus: 4 },
  { command: 'run', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, gic: 3 },
];

const MODELS = ['cortex-a53', 'cortex-a57', 'cortex-a72'] as const;

/** Each kernel with each CPU model, number of CPUs, command and exception level; programs on each CPU model. */
const EVERY: readonly Cell[] = [
  ...(['boot', 'run'] as const).flatMap((command) =>
    (['arm64', 'cloud-arm64'] as const).flatMap((kernel) =>
      MODELS.flatMap((cpu) => ([1, 4] as const).map((cpus): Cell => ({ command, kernel, cpu, cpus }))),
    ),
  ),
  ...(['boot', 'run'] as const).map((command): Cell => ({ command, kernel: 'arm64', cpu: 'max', cpus: 1 })),
  ...(['cortex-a57', 'max'] as const).flatMap((cpu) =>
    ([1, 4] as const).map((cpus): Cell => ({ command: 'boot', kernel: 'arm64', cpu, cpus, el2: true })),
  ),
  ...([...MODELS, 'max'] as const).flatMap((cpu) =>
    ([1, 4] as const).map((cpus): Cell => ({ command: 'boot', kernel: 'arm64', cpu, cpus, el2: true, kvm: true })),
  ),
  ...(['arm64', 'cloud-arm64'] as const).flatMap((kernel) =>
    ([1, 4] as const).map(
      (cpus): Cell => ({ command: 'boot', kernel, cpu: 'cortex-a57', cpus, el2: true, nested: true }),
    ),
  ),
  ...([1, 4] as const).map(
    (cpus): Cell => ({ command: 'boot', kernel: 'arm64', cpu: 'max', cpus, el2: true, nested: true }),
  ),
  ...(['u-boot', 'edk2'] as const).flatMap((firmware) =>
    [false, true].flatMap((el2) =>
      ([1, 4] as const).map(
        (cpus): Cell => ({ command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, el2, firmware }),
      ),
    ),
  ),
  ...(['dom0', 'two domains'] as const).flatMap((xen) =>
    ([1, 4] as const).map(
      (cpus): Cell => ({ command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, el2: true, xen }),
    ),
  ),
  ...([1, 4] as const).flatMap((cpus): Cell[] => [
    { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, gic: 3 },
    { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, gic: 3, el2: true },
    { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, gic: 3, el2: true, kvm: true },
    { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, gic: 3, el2: true, nested: true },
    { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus, gic: 3, el2: true, xen: 'dom0' },
    { command: 'boot', kernel: 'arm64', cpu: 'max', cpus, gic: 3, el2: true, kvm: true },
    { command: 'boot', kernel: 'arm64', cpu: 'max', cpus, gic: 3, el2: true, nested: true },
  ]),
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, gic: 3, el2: true, xen: 'two domains' },
  ...(['u-boot', 'edk2'] as const).flatMap((firmware) =>
    [false, true].map(
      (el2): Cell => ({ command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, gic: 3, el2, firmware }),
    ),
  ),
  { command: 'boot', kernel: 'arm64', cpu: 'cortex-a57', cpus: 1, virtio: true },
  ...MODELS.map((cpu): Cell => ({ command: 'boot', kernel: 'arm64', cpu, cpus: 1, virtio: true, programs: true })),
  { command: 'boot', kernel: 'cloud-arm64', cpu: 'cortex-a57', cpus: 4, virtio: true, programs: true },
  { command: 'run', kernel: 'arm64', cpu: 'cortex-a57', cpus: 4, programs: true },
];

/** A cell as one line of text. */
export function nameOf(cell: Cell): string {
  const { command, kernel, cpu, cpus, gic, el2, kvm, nested, firmware, xen, selftests, programs, virtio } = cell;
  const extras = [
    gic === 3 && 'GICv3',
    el2 && 'at EL2',
    kvm && 'KVM',
    nested && 'Linux in KVM',
    firmware,
    xen && `Xen with ${xen}`,
    selftests && "the kernel's tests of KVM",
    virtio && 'virtio',
    programs && 'programs',
  ].filter((extra) => extra);
  return [`el2 ${command}: ${kernel} on ${cpus} x ${cpu}`, ...extras].join(', ');
}

/** The boots of this run: EL2_GUESTS=all asks for every one. */
export const CELLS =
  process.env.EL2_GUESTS === 'all'
    ? [...new Map([...CHOSEN, ...EVERY].map((cell) => [nameOf(cell), cell])).values()]
    : CHOSEN;

/** Whether the files of these cells are there. */
export const canRun = (...cells: readonly Cell[]): boolean =>
  cells.every(({ kernel, firmware, xen }) => {
    const files = [guestFiles(kernel).image];
    if (firmware !== undefined) files.push(firmwareFile(firmware));
    if (xen !== undefined) files.push(XEN_FILES.hypervisor);
    return files.every((file) => existsSync(file));
  });
