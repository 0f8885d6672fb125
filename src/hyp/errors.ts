/** Errors of the hypervisor's API: what was asked, in numbers, and why it cannot be. */

import { hex } from '../arch/addresses.ts';

/** A VM that cannot be made: its IPA size, page size or number of vCPUs does not fit the machine. */
export class VmError extends Error {
  override readonly name = 'VmError';
}

/** A memory slot or device that cannot be added, or is not there. Addresses are IPAs in bytes. */
export class SlotError extends Error {
  override readonly name = 'SlotError';

  constructor(
    readonly problem: 'empty' | 'unaligned' | 'outside' | 'overlap' | 'tooSmall' | 'absent',
    readonly ipa: number,
    readonly bytes: number,
    detail: string,
  ) {
    super(`slot at IPA ${hex(ipa)}, ${hex(bytes)} bytes: ${detail}`);
  }
}

/** The machine's RAM has no room left for a page or table that the host asked for. */
export class OutOfFrames extends Error {
  override readonly name = 'OutOfFrames';

  constructor(
    readonly wantedBytes: number,
    readonly freeBytes: number,
  ) {
    super(`no contiguous ${hex(wantedBytes)} bytes of physical memory left (${hex(freeBytes)} bytes are free)`);
  }
}
