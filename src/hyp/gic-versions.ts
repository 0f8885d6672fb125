/** The GIC architecture versions: what the hypervisor drives, and what its VMs have, of the machine's version. */

import { Distributor as Gicv2Distributor } from '../devices/gicv2/distributor.ts';
import { Gicv2Interrupts } from '../devices/gicv2/interrupts.ts';
import { Distributor as Gicv3Distributor } from '../devices/gicv3/distributor.ts';
import { Gicv3Interrupts } from '../devices/gicv3/interrupts.ts';
import { Redistributors } from '../devices/gicv3/redistributors.ts';
import { sendSgi } from '../devices/gicv3/sgi.ts';
import { Gicv2VirtualInterrupts } from './gicv2-virtual-interrupts.ts';
import type { PhysicalGic } from './physical-gic.ts';
import { type Gicv2Parts, PhysicalGicv2 } from './physical-gicv2.ts';
import { type Gicv3Parts, PhysicalGicv3 } from './physical-gicv3.ts';
import { VirtualGic, type VirtualGicPorts, type VirtualGicVersion } from './virtual-gic.ts';
import { VirtualInterrupts } from './virtual-interrupts.ts';
import { VM_GICD, VM_GICR } from './vm-options.ts';

/** The parts of the machine's interrupt controller that a hypervisor needs. */
export type GicParts = Gicv2Parts | Gicv3Parts;

/** The GIC as a CPU's EL2 uses it. */
export const physicalGic = (parts: GicParts, cpu: number): PhysicalGic =>
  parts.version === 2 ? new PhysicalGicv2(parts, cpu) : new PhysicalGicv3(parts, cpu);

/** A GIC for a VM of 1 to 8 vCPUs. */
export function virtualGic(parts: GicParts, vcpus: number, ports: VirtualGicPorts): VirtualGic {
  const onGuestError = (text: string): void => ports.onGuestError(text);
  const version = (parts.version === 2 ? gicv2 : gicv3)(vcpus, onGuestError);
  return new VirtualGic(version, physicalGic(parts, 0).listRegisters, ports);
}

function gicv2(vcpus: number, onGuestError: (text: string) => void): VirtualGicVersion {
  const interrupts = new Gicv2Interrupts(vcpus);
  return {
    interrupts,
    frames: [{ ...VM_GICD, device: new Gicv2Distributor(interrupts, onGuestError) }],
    ofVcpu: (claimed, vcpu) => new Gicv2VirtualInterrupts(interrupts, claimed, vcpu),
  };
}

function gicv3(vcpus: number, onGuestError: (text: string) => void): VirtualGicVersion {
  const interrupts = new Gicv3Interrupts(vcpus);
  const redistributors = new Redistributors(interrupts, onGuestError);
  return {
    interrupts,
    frames: [
      { ...VM_GICD, device: new Gicv3Distributor(interrupts, onGuestError) },
      { ...VM_GICR, bytes: redistributors.bytes, device: redistributors },
    ],
    ofVcpu: (claimed, vcpu) => new VirtualInterrupts(interrupts, claimed, vcpu),
    sendSgi: (vcpu, group, hi, lo) => sendSgi(interrupts, vcpu, group, hi, lo),
  };
}
