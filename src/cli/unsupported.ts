/** What QEMU has and el2 does not have yet: known words, so that nobody takes them for typing errors. */

/** Flags of QEMU without their dashes, and what they would set. */
export const LATER_FLAGS: ReadonlyMap<string, string> = new Map([
  ['accel', 'choose the engine with --engine'],
  ['audiodev', 'sound'],
  ['blockdev', 'disks'],
  ['cdrom', 'disks'],
  ['daemonize', 'running in the background'],
  ['enable-kvm', "the host's virtualization"],
  ['fsdev', 'shared folders'],
  ['gdb', 'the GDB stub'],
  ['hda', 'disks'],
  ['icount', "the virtual clock's rate; one instruction is one nanosecond"],
  ['incoming', 'migration'],
  ['loadvm', 'snapshots'],
  ['monitor', 'a monitor elsewhere; Ctrl-A c turns to the one on the console'],
  ['name', 'names'],
  ['no-shutdown', "staying after the guest's end"],
  ['numa', 'NUMA nodes'],
  ['parallel', 'parallel ports'],
  ['plugin', 'plugins'],
  ['qmp', 'a monitor'],
  ['readconfig', 'configuration files'],
  ['s', 'the GDB stub'],
  ['S', 'the GDB stub'],
  ['sandbox', 'sandboxing'],
  ['sd', 'disks'],
  ['semihosting-config', 'semihosting options; -semihosting turns it on'],
  ['singlestep', 'one instruction a block'],
  ['smbios', 'SMBIOS tables'],
  ['spice', 'displays'],
  ['trace', "QEMU's trace events; -d traces"],
  ['usb', 'USB'],
  ['vga', 'displays'],
  ['virtfs', 'shared folders'],
  ['vnc', 'displays'],
  ['watchdog-action', 'watchdogs'],
]);

/** Properties of `-M virt`. */
export const LATER_MACHINE_PROPERTIES: readonly string[] = [
  'acpi',
  'compact-highmem',
  'dtb-randomness',
  'highmem',
  'highmem-ecam',
  'highmem-mmio',
  'highmem-redists',
  'iommu',
  'its',
  'mte',
  'ras',
  'secure',
];

/** Values of `-cpu`. */
export const LATER_CPUS: readonly string[] = [
  'a64fx',
  'cortex-a7',
  'cortex-a15',
  'cortex-a35',
  'cortex-a55',
  'cortex-a76',
  'cortex-a710',
  'host',
  'neoverse-n1',
  'neoverse-v1',
];

/** Values of `-d`. */
export const LATER_CATEGORIES: readonly string[] = [
  'cpu_reset',
  'fpu',
  'nochain',
  'op',
  'op_ind',
  'op_opt',
  'out_asm',
  'page',
  'plugin',
  'strace',
  'tid',
];
