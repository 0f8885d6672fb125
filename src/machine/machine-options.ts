/** What a machine can be asked for: its parts, what is loaded, and how far it runs. */

import { hex } from '../arch/addresses.ts';
import type { SemihostingFiles } from '../arch/semihosting-files.ts';
import type { CpuModel } from '../cpu/models.ts';
import type { FlashContents } from './flash-banks.ts';
import type { HardwareOptions } from './hardware-options.ts';
import { MachineError } from './machine-error.ts';
import { RAM_BASE, type Window } from './virt-map.ts';
import type { VirtioOptions } from './virtio-options.ts';

/** All CPUs but the first wait for PSCI CPU_ON. */
export interface MachineOptions extends HardwareOptions, VirtioOptions {
  /** Where RAM begins, a PA; 0x4000_0000 unless told. Above the devices of the board, and a multiple of 2 MiB. */
  readonly ramBase?: number;
  /** Whether the CPU has EL2 (`-M virt,virtualization=on`); it then starts there. */
  readonly virtualization?: boolean;
  /** Serve `HLT #0xF000`. */
  readonly semihosting?: boolean;
  /** What keeps the contents of the two banks of flash, 64 MiB each; firmware in the first one starts. */
  readonly flash?: FlashContents | undefined;
  /** Files that semihosting may use; without them it has a console only. */
  readonly files?: SemihostingFiles;
  /** What the clocks show at the start, in seconds since 1970; 2024-01-01 unless told, so that runs are alike. */
  readonly startSeconds?: number;
  /** End the run at a PSCI SYSTEM_RESET instead of starting again. */
  readonly noReboot?: boolean;
}

export interface RunOptions {
  /** Instructions that may run at the most. */
  readonly maxInstructions?: number;
  /** Ends the run as soon as the console has printed this text. */
  readonly until?: string;
  readonly failOn?: string;
  /** Asked between slices; true ends the run as `interrupted`. */
  readonly interrupted?: () => boolean;
}

const RAM_ALIGN = 2 << 20;

/** Where RAM is. Throws MachineError when the board or the CPU has no room for it there. */
export function ramOf({ ramBase = RAM_BASE }: MachineOptions, memoryBytes: number, { mmu }: CpuModel): Window {
  const { paBits } = mmu;
  const isAligned = Number.isInteger(ramBase) && ramBase % RAM_ALIGN === 0;
  if (!isAligned || ramBase < RAM_BASE || ramBase + memoryBytes > 2 ** paBits) {
    throw new MachineError(
      `RAM at ${hex(ramBase)}: give a multiple of 2 MiB from ${hex(RAM_BASE)}, with its end within ${paBits} bits`,
    );
  }
  return { base: ramBase, size: memoryBytes };
}
