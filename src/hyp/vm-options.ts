/** What a VM is made of: what its user asks for, what the hypervisor gives it, and where its parts are. */

import type { Pa } from '../arch/addresses.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Stage2Shape } from './stage2-shape.ts';
import type { VirtualGic } from './virtual-gic.ts';

/** Where a VM's memory and console are: the map of QEMU's `virt` board, as IPAs. */
export const VM_RAM = 0x4000_0000;
export const VM_UART = { ipa: 0x0900_0000, bytes: 0x1000 };
export const VM_GICD = { ipa: 0x0800_0000, bytes: 0x1_0000 };
/** Of the redistributors; their size is that of the vCPUs. */
export const VM_GICR = { ipa: 0x080a_0000 };
export const VM_GICC = { ipa: 0x0801_0000, bytes: 0x1_0000 };
/** Shared peripheral interrupt of the UART. */
export const UART_SPI = 1;

export interface VmOptions {
  readonly name: string;
  /** Bytes of memory at IPA 0x4000_0000, a multiple of the page. */
  readonly memoryBytes: number;
  /** Size of the IPA space, 32 bits up to the PA size of the CPU; 40 unless told. */
  readonly ipaBits?: number;
  /** Bytes of a stage-2 page: 4096 unless told, 16384 or 65536 where the CPU has such a granule. */
  readonly pageBytes?: number;
  /** Back the memory at 0x4000_0000 by blocks, as `SlotOptions.hugePages` says. */
  readonly hugePages?: boolean;
  /** One unless told. */
  readonly vcpus?: number;
  /** What semihosting gives the guest as its boot arguments, and the files that it may use. */
  readonly commandLine?: string;
  readonly files?: SemihostingFiles | undefined;
}

/** What the hypervisor makes a VM of. */
export interface VmParts {
  readonly memory: GuestMemory;
  readonly shape: Stage2Shape;
  /** MIDR_EL1 as the guest reads it, and HCR_EL2[31:0] while it runs. */
  readonly midr: number;
  readonly hcr: number;
  /** Its interrupt controller; undefined where the machine has none. */
  readonly gic: VirtualGic | undefined;
  /** Where the machine has the registers that the guest sees as its GICC; undefined where there are none. */
  readonly gicv: Pa | undefined;
  /** Counter ticks since the machine's power-on, as CNTVOFF_EL2 takes them. */
  readonly ticks: () => bigint;
  /** Takes a vCPU, by its index, out of the CPU that has its registers. */
  readonly unload: (vcpu: number) => void;
  /** Takes one line for each access that no correct driver makes. */
  readonly onGuestError: (text: string) => void;
}
