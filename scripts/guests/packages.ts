/** Which of Debian's packages the guests are made of, and what is taken from each. */

/** The release that the guests come from. */
export const SUITES = [
  { archive: 'debian', suite: 'bookworm' },
  { archive: 'debian', suite: 'bookworm-updates' },
  { archive: 'debian-security', suite: 'bookworm-security' },
] as const;

/** Kernels: the name used here, and the meta package that depends on the current build. */
export const KERNELS = [
  { name: 'arm64', meta: 'linux-image-arm64' },
  { name: 'cloud-arm64', meta: 'linux-image-cloud-arm64' },
] as const;

export type KernelName = (typeof KERNELS)[number]['name'];

/** Modules that the checks of a disk, a network and a random source load, with those that they depend on. */
export const DEVICE_MODULES = [
  'virtio_mmio',
  'virtio_blk',
  'virtio_net',
  'virtio-rng',
  'virtio_console',
  'crc32c_generic',
  'ext4',
] as const;

/** Modules that test themselves when loaded: the kernel compares each with its plain C implementation. */
export const CRYPTO_MODULES = [
  'sha1-ce',
  'sha2-ce',
  'sha256-arm64',
  'sha512-arm64',
  'aes-ce-blk',
  'aes-neon-blk',
  'aes-neon-bs',
  'aes-ce-ccm',
  'ghash-ce',
  'polyval-ce',
  'crct10dif-ce',
  'chacha-neon',
  'poly1305-neon',
  'nhpoly1305-neon',
] as const;

/** The one program of the small initramfs; statically linked. */
export const SHELL = { package: 'busybox-static', file: 'bin/busybox' } as const;

/** Programs of the large initramfs, with the shared libraries that they need. */
export const PROGRAMS = [
  { package: 'openssl', files: ['usr/bin/openssl'] },
  { package: 'perl-base', files: ['usr/bin/perl'] },
  { package: 'pigz', files: ['usr/bin/pigz'] },
  { package: 'stress-ng', files: ['usr/bin/stress-ng'] },
  { package: 'e2fsprogs', files: ['sbin/mke2fs', 'sbin/e2fsck'] },
] as const;

/** Firmware, which starts in flash: the name used here, its package, and its file there. */
export const FIRMWARE = [
  { name: 'u-boot', package: 'u-boot-qemu', file: 'usr/lib/u-boot/qemu_arm64/u-boot.bin' },
  { name: 'edk2', package: 'qemu-efi-aarch64', file: 'usr/share/qemu-efi-aarch64/QEMU_EFI.fd' },
] as const;

export type FirmwareName = (typeof FIRMWARE)[number]['name'];

/** The hypervisor Xen, and what its first domain needs to make another. */
export const XEN = { package: 'xen-hypervisor-4.17-arm64', file: 'boot/xen-4.17-arm64' } as const;
const XEN_PROGRAMS = ['xenstored', 'xen-init-dom0', 'xenconsoled', 'xl'];
export const XEN_TOOLS = {
  package: 'xen-utils-4.17',
  files: XEN_PROGRAMS.map((name) => `usr/lib/xen-4.17/bin/${name}`),
} as const;
export const XEN_MODULES = ['xen-evtchn', 'xen-privcmd', 'xen-gntdev', 'xen-gntalloc', 'xenfs'] as const;

/** The meta package that depends on the sources of the kernels. */
export const KERNEL_SOURCES = 'linux-source';

/** Those of the kernel's tests of KVM that its sources build, with arguments that keep them short. */
export const SELFTESTS = [
  'aarch64/aarch32_id_regs',
  'aarch64/arch_timer',
  'aarch64/debug-exceptions -i 100',
  'aarch64/get-reg-list',
  'aarch64/hypercalls',
  'aarch64/psci_test',
  'aarch64/vcpu_width_config',
  'aarch64/vgic_irq',
  'demand_paging_test -b 16M',
  'dirty_log_perf_test -b 16M',
  'kvm_binary_stats_test',
  'kvm_create_max_vcpus',
  'kvm_page_table_test -b 64M',
  'memslot_modification_stress_test -b 16M -i 100',
  'memslot_perf_test -l 1 -s 512',
  'set_memory_region_test',
  'steal_time',
] as const;

/** What runs a VM by KVM, with the shared libraries that it needs. */
export const EMULATOR = { package: 'qemu-system-arm', file: 'usr/bin/qemu-system-aarch64' } as const;
