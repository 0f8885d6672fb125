/** A CPU of the machine as the hypervisor uses it: world switch, entry, interruption, and TLB maintenance from EL2. */

import type { Ipa } from '../arch/addresses.ts';
import type { Cpu } from '../cpu/engine/cpu.ts';
import { R, T } from '../cpu/slots.ts';
import { PHYSICAL_IRQ } from '../cpu/system/exception-kinds.ts';
import { exceptionReturn } from '../cpu/system/exception-return.ts';
import { NO_SYNDROME, takeException, VECTOR_IRQ } from '../cpu/system/exceptions.ts';
import { takePendingInterrupt } from '../cpu/system/interrupts.ts';
import { maintainTlb, tlbMaintenance } from '../cpu/system/tlb-maintenance.ts';
import { SPURIOUS } from '../devices/gic/intid.ts';
import { setControls } from './el2-controls.ts';
import { TIMER_PPIS } from './mapped-timers.ts';
import type { PhysicalGic } from './physical-gic.ts';
import type { Vcpu, Vm } from './vm.ts';

const VMALLE1 = tlbMaintenance('TLBI VMALLE1');
const VMALLE1IS = tlbMaintenance('TLBI VMALLE1IS');
const VMALLS12E1IS = tlbMaintenance('TLBI VMALLS12E1IS');
const IPAS2E1IS = tlbMaintenance('TLBI IPAS2E1IS');
const ALLE1IS = tlbMaintenance('TLBI ALLE1IS');

const TIMER_CONTROLS = [R.CNTV_CTL_EL0, R.CNTP_CTL_EL0];
/** A dead temporary serves as Xt of the TLBI instructions. */
const OPERAND = T[0];
const TWO_TO_32 = 0x1_0000_0000;
const PAGE_BYTES = 0x1000;
/** Leaves beyond which one TLBI for the whole VM is cheaper than one for each. */
const MAX_TLBI = 64;

export class Pcpu {
  /** The vCPU whose registers are in the CPU. */
  vcpu: Vcpu | undefined;
  /** The vCPU of each VM that ran here last. */
  private readonly lastRan = new WeakMap<Vm, Vcpu>();
  /** The CPU comes to EL2 because the hypervisor wants it, whatever else may be pending. */
  isCalled = false;

  /** `gic`: the CPU's part of the interrupt controller, where the machine has one. */
  constructor(
    readonly cpu: Cpu,
    readonly gic: PhysicalGic | undefined,
  ) {
    cpu.waiting = 'off';
    setControls(cpu.state);
    gic?.enable(TIMER_PPIS);
  }

  /** Switches to a vCPU that is loaded nowhere; the VMID of its VM is current. */
  load(vcpu: Vcpu): void {
    const { state } = this.cpu;
    const { vm } = vcpu;
    vcpu.registers.load(state);
    this.vcpu = vcpu;
    state.set64(R.VTCR_EL2, 0, vm.parts.shape.vtcr);
    this.setVttbr(vm);
    if (this.gic !== undefined) {
      if (vcpu.interrupts !== undefined) vcpu.interrupts.load(this.gic);
      else this.gic.hideInterface();
    }
    this.cpu.timers?.update();
    vm.stats.worldSwitches++;
    // vCPUs of one VM may use one ASID for different tables: each must not see what another left in this TLB.
    const last = this.lastRan.get(vm);
    if (last !== undefined && last !== vcpu) maintainTlb(this.cpu, OPERAND, VMALLE1);
    this.lastRan.set(vm, vcpu);
  }

  /** Moves the vCPU's registers out, so that it can be loaded elsewhere. */
  put(): void {
    if (this.vcpu === undefined) return;
    this.interrupt();
    if (this.gic !== undefined) this.vcpu.interrupts?.put(this.gic);
    this.vcpu.registers.save();
    this.vcpu = undefined;
    this.setVttbr(undefined);
    // Its timers are silent until it runs again; a wait of the vCPU knows when it ends.
    for (const slot of TIMER_CONTROLS) this.cpu.state.set64(slot, 0, 0);
    this.cpu.timers?.update();
  }

  /** Lets the guest go on: the CPU returns from EL2 if it is there, and runs. */
  enter(): void {
    if (this.vcpu?.interrupts?.isStale === true) this.interrupt();
    this.cpu.waiting = 'running';
    this.cpu.contextChanged();
    if (this.cpu.state.el === 2) this.resume();
  }

  /** Returns from EL2 to the guest, with the interrupts that it has by now in its list registers. */
  resume(): void {
    if (this.gic !== undefined) this.vcpu?.interrupts?.flush(this.gic);
    exceptionReturn(this.cpu);
    // The engine has looked for interrupts before the exit; the guest is to see what is pending now at once.
    if (this.cpu.virqLine || this.cpu.vfiqLine) takePendingInterrupt(this.cpu);
  }

  /** Serves the physical interrupts that are pending. The list registers have been read. */
  acknowledge(): void {
    const { gic } = this;
    if (gic === undefined) return;
    for (let intid = gic.acknowledge(); intid !== SPURIOUS; intid = gic.acknowledge()) {
      // A timer's interrupt stays active until the guest ends it; of maintenance nothing is left to do.
      if (TIMER_PPIS.includes(intid)) this.vcpu?.interrupts?.timerFired(intid);
      else gic.deactivate(intid);
    }
  }

  /** Brings the CPU to EL2 as the host's tick does: by a physical IRQ. */
  interrupt(): void {
    if (this.cpu.state.el === 2) return;
    this.isCalled = true;
    takeException(this.cpu, PHYSICAL_IRQ, 2, VECTOR_IRQ, NO_SYNDROME, 'HCR_EL2.IMO');
    this.isCalled = false;
  }

  /**
   * Removes what any TLB has for [at, at + bytes) of a VM: the stage-2 entries, one TLBI for each leaf of `stride` bytes,
   * then all entries that they may be part of.
   */
  invalidateIpas(vm: Vm, at: Ipa, bytes: number, stride: number): void {
    if (bytes > MAX_TLBI * stride) {
      this.invalidateVm(vm);
      return;
    }
    this.maintain(vm, () => {
      for (let done = 0; done < bytes; done += stride) {
        const page = Math.floor((at + done) / PAGE_BYTES);
        this.cpu.state.set64(OPERAND, Math.floor(page / TWO_TO_32), page);
        maintainTlb(this.cpu, OPERAND, IPAS2E1IS);
      }
      maintainTlb(this.cpu, OPERAND, VMALLE1IS);
    });
  }

  /** Removes all that any TLB has for a VM. */
  invalidateVm(vm: Vm): void {
    this.maintain(vm, () => maintainTlb(this.cpu, OPERAND, VMALLS12E1IS));
  }

  /** Removes the EL1&0 entries of all VMIDs from every TLB. The CPU is at EL2. */
  invalidateAll(): void {
    maintainTlb(this.cpu, OPERAND, ALLE1IS);
  }

  /** Runs TLB maintenance with the VMID of a VM in VTTBR_EL2. */
  private maintain(vm: Vm, instructions: () => void): void {
    this.interrupt();
    this.setVttbr(vm);
    instructions();
    this.setVttbr(this.vcpu?.vm);
  }

  /** VMID and tables of a VM, or none. */
  private setVttbr(vm: Vm | undefined): void {
    if (vm === undefined) {
      this.cpu.state.set64(R.VTTBR_EL2, 0, 0);
      return;
    }
    const { root } = vm.memory.stage2;
    this.cpu.state.set64(R.VTTBR_EL2, (vm.vmid.vmid << 16) | Math.floor(root / TWO_TO_32), root);
  }
}
