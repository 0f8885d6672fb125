/** The memory map and interrupt lines of QEMU's `virt` board. */

/** A window of the physical address space, in bytes. */
export interface Window {
  readonly base: number;
  readonly size: number;
}

/** Windows by PA. What a machine does not have stays empty there. */
export const VIRT_MAP = {
  /** Two banks. */
  flash0: { base: 0, size: 0x0400_0000 },
  flash1: { base: 0x0400_0000, size: 0x0400_0000 },
  gicDistributor: { base: 0x0800_0000, size: 0x1_0000 },
  gicCpuInterface: { base: 0x0801_0000, size: 0x1_0000 },
  gicMsiFrame: { base: 0x0802_0000, size: 0x1000 },
  gicHypervisor: { base: 0x0803_0000, size: 0x1_0000 },
  gicVirtualCpu: { base: 0x0804_0000, size: 0x1_0000 },
  /** Room for 123 CPUs; a machine has as many redistributors as CPUs. */
  gicRedistributors: { base: 0x080a_0000, size: 0xf6_0000 },
  uart: { base: 0x0900_0000, size: 0x1000 },
  rtc: { base: 0x0901_0000, size: 0x1000 },
  fwCfg: { base: 0x0902_0000, size: 0x18 },
  gpio: { base: 0x0903_0000, size: 0x1000 },
  virtio: { base: 0x0a00_0000, size: 0x4000 },
} as const satisfies Record<string, Window>;

/** Where RAM begins; its size is the machine's. */
export const RAM_BASE = 0x4000_0000;

/** Shared peripheral interrupts: INTID - 32. */
export const SPI = { uart: 1, rtc: 2, gpio: 7, virtio: 16, msi: 48 } as const;
/** Message-signalled interrupts of the GICv2m frame, from `SPI.msi` on. */
export const MSIS = 64;
/** Private peripheral interrupts, of the generic timers, the GIC's virtual interface and the Performance Monitors: INTID - 16. */
export const PPI = {
  secureTimer: 13,
  physicalTimer: 14,
  virtualTimer: 11,
  hypervisorTimer: 10,
  hypervisorVirtualTimer: 12,
  maintenance: 9,
  pmu: 7,
} as const;
