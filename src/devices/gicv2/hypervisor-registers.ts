/** The registers by which a hypervisor controls the virtual interface, GICH (IHI 0048B, "GIC virtual interface control"). */

import type { Device } from '../device.ts';
import type { Gicv2CpuInterface } from './cpu-interface.ts';
import { type Gicv2ListRegisters, LIST_REGISTERS } from './list-registers.ts';

const HCR = 0x000;
const VTR = 0x004;
const VMCR = 0x008;
const MISR = 0x010;
const EISR0 = 0x020;
const EISR1 = 0x024;
const ELRSR0 = 0x030;
const ELRSR1 = 0x034;
const APR = 0x0f0;
const LR = 0x100;

/** GICH_VTR: 5 priority bits and 5 preemption bits, each less 1, and the number of list registers less 1. */
const VTR_VALUE = ((4 << 29) | (4 << 26) | (LIST_REGISTERS - 1)) >>> 0;

/** Fields of GICH_VMCR beside the bits that it shares with GICV_CTLR. */
const VMCR_CTLR = 0x21f;
const VMCR_ABPR_SHIFT = 18;
const VMCR_BPR_SHIFT = 21;
const VMCR_PMR_SHIFT = 27;
const PMR_SHIFT = 3;

/** The virtual side of one CPU. */
export interface VirtualInterface {
  readonly list: Gicv2ListRegisters;
  readonly cpu: Gicv2CpuInterface;
}

/** One register file, banked by the CPU that accesses it; a hypervisor outside the machine uses it as well. */
export class HypervisorRegisters implements Device {
  readonly name = 'gich';

  constructor(
    private readonly interfaces: readonly VirtualInterface[],
    private readonly onGuestError: (text: string) => void,
  ) {}

  /** Only word accesses are defined; others do nothing. */
  read(offset: number, size: 1 | 2 | 4, cpu = 0): number {
    const own = this.interfaces[cpu];
    if (size === 4) {
      const n = listIndex(offset);
      if (n >= 0) return own.list.register(n);
      switch (offset) {
        case HCR:
          return own.list.hcr;
        case VTR:
          return VTR_VALUE;
        case VMCR:
          return vmcr(own.cpu);
        case MISR:
          return own.list.misr;
        case EISR0:
          return own.list.eisr;
        case ELRSR0:
          return own.list.elrsr;
        case EISR1:
        case ELRSR1:
          return 0;
        case APR:
          return own.cpu.active.words[0];
      }
    }
    this.unknown('read', offset, size);
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number, cpu = 0): void {
    const own = this.interfaces[cpu];
    const n = listIndex(offset);
    if (size !== 4) {
      this.unknown('write', offset, size);
    } else if (n >= 0) {
      own.list.writeRegister(n, value);
    } else if (offset === HCR) {
      own.list.hcr = value;
    } else if (offset === VMCR) {
      setVmcr(own.cpu, value);
    } else if (offset === APR) {
      own.cpu.active.words[0] = value;
      own.cpu.active.update();
      own.cpu.update();
    } else {
      this.unknown('write', offset, size);
    }
  }

  private unknown(how: 'read' | 'write', offset: number, size: number): void {
    this.onGuestError(`gich: ${how} of ${size} bytes at offset 0x${offset.toString(16)}, where no such register is`);
  }
}

/** Number of the list register at an offset; -1 for other offsets. */
function listIndex(offset: number): number {
  const n = (offset - LR) / 4;
  return offset >= LR && n < LIST_REGISTERS && Number.isInteger(n) ? n : -1;
}

function vmcr(cpu: Gicv2CpuInterface): number {
  const points = (cpu.abpr << VMCR_ABPR_SHIFT) | (cpu.bpr << VMCR_BPR_SHIFT);
  return (cpu.ctlr | points | ((cpu.pmr >>> PMR_SHIFT) << VMCR_PMR_SHIFT)) >>> 0;
}

function setVmcr(cpu: Gicv2CpuInterface, value: number): void {
  cpu.ctlr = value & VMCR_CTLR;
  cpu.setAliasedBinaryPoint(value >>> VMCR_ABPR_SHIFT);
  cpu.setBinaryPoint(value >>> VMCR_BPR_SHIFT);
  cpu.setPriorityMask((value >>> VMCR_PMR_SHIFT) << PMR_SHIFT);
  cpu.update();
}
