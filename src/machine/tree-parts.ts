/** What the nodes of the board's device tree share: which parts the machine has, handles, names, and cells of interrupts. */

import { cells, u64s } from '../arch/fdt.ts';
import type { GicVersion } from './hardware-options.ts';
import type { Window } from './virt-map.ts';

/** What a GIC has: its architecture version, a virtual interface, and with GICv2 a frame for message-signalled interrupts. */
export interface TreeGic {
  readonly version: GicVersion;
  readonly hasVirtual: boolean;
  readonly hasMsiFrame: boolean;
}

/** What a machine has. */
export interface VirtTreeParts {
  /** RAM by PA, in bytes. */
  ram: Window;
  /** `compatible` of the CPUs, such as `arm,cortex-a57`. */
  cpuCompatible: string;
  /** MPIDR_EL1 affinity bits [23:0] of each CPU, the boot CPU first. */
  cpus: readonly number[];
  /** How the guest calls PSCI: HVC when the machine has no EL2, else SMC. */
  psciConduit: 'hvc' | 'smc';
  /** The GIC that has the interrupt lines of the devices and the generic timers. */
  gic?: TreeGic;
  /** A PL031. */
  hasRtc: boolean;
  /** Performance Monitors, whose interrupt goes to the GIC. */
  hasPmu: boolean;
  /** A PL061 with the power button on its line 3. */
  hasGpio: boolean;
  /** Both banks of NOR flash, and the firmware configuration device. */
  hasFirmwareDevices: boolean;
  /** The virtio-mmio transports, with devices or without. */
  hasVirtio: boolean;
  /** Command line of the kernel. */
  bootargs?: string;
}

/** Handles, as QEMU numbers them. */
export const PHANDLE = { clock: 0x8000, gic: 0x8002, gpio: 0x8003, msiFrame: 0x8004 } as const;
/** First and last cell of an interrupt. */
export const GIC_SPI = 0;
export const GIC_PPI = 1;
export const EDGE_RISING = 1;
export const LEVEL_HIGH = 4;

/** Name of a node. */
export const at = (name: string, address: number): string => `${name}@${address.toString(16)}`;
/** The property of the same name. */
export const reg = (...windows: Window[]): Uint8Array => u64s(...windows.flatMap((w) => [w.base, w.size]));

/** The line of a device, where there is something that takes it. */
export const line = ({ gic }: VirtTreeParts, spi: number, trigger = LEVEL_HIGH): Record<string, Uint8Array> =>
  gic === undefined ? {} : { interrupts: cells(GIC_SPI, spi, trigger) };
