/** A GICv2m frame: writes that become SPIs, for message-signalled interrupts (Arm SBSA, appendix E "GICv2m architecture"). */

import type { Device } from '../device.ts';
import { FIRST_SPI } from '../gic/intid.ts';

const MSI_TYPER = 0x008;
const MSI_SETSPI_NS = 0x040;
const MSI_IIDR = 0xfcc;
/** Product `Q`, no implementer, architecture version 0: QEMU's. */
const IIDR_VALUE = 0x51 << 20;
const TYPER_BASE_SHIFT = 16;
const INTID_MASK = 0x3ff;

export interface Gicv2mPorts {
  /** Raises and lowers the line of an SPI, INTID - 32; the SPI is edge-triggered to be of use. */
  pulse(spi: number): void;
  /** An access that no correct driver makes, as one line. */
  onGuestError(text: string): void;
}

/** It holds no state. */
export class Gicv2m implements Device {
  readonly name = 'gicv2m';

  /** The SPIs (INTID - 32) that messages can raise: `count` from `first` on. */
  constructor(
    private readonly first: number,
    private readonly count: number,
    private readonly ports: Gicv2mPorts,
  ) {}

  read(offset: number, size: 1 | 2 | 4): number {
    if (size === 4 && offset === MSI_TYPER) return ((this.first + FIRST_SPI) << TYPER_BASE_SHIFT) | this.count;
    if (size === 4 && offset === MSI_IIDR) return IIDR_VALUE;
    this.ports.onGuestError(`gicv2m: read of ${size} bytes at offset 0x${offset.toString(16)}: no such register`);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    const spi = (value & INTID_MASK) - FIRST_SPI;
    if (size === 1 || offset !== MSI_SETSPI_NS) {
      this.ports.onGuestError(`gicv2m: write of ${size} bytes at offset 0x${offset.toString(16)}: no such register`);
    } else if (spi < this.first || spi >= this.first + this.count) {
      this.ports.onGuestError(`gicv2m: INTID ${spi + FIRST_SPI} is no message-signalled interrupt`);
    } else {
      this.ports.pulse(spi);
    }
  }
}
