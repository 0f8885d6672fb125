/** The registers of a vCPU: in a CPU while it is loaded there, else in memory; the world switch moves them. */

import { REGISTERS } from '../arch/sysregs/registers.ts';
import { EL, PC, Q, R, type Slot, SP, SYSREG_SLOTS, type SysregSlot, X } from '../cpu/slots.ts';
import type { CpuState } from '../cpu/state.ts';
import { PSTATE_DAIF } from '../cpu/system/control-bits.ts';

/** Identity of the machine itself, which a guest sees through VPIDR_EL2 and VMPIDR_EL2, and its counter frequency. */
const PHYSICAL: readonly SysregSlot[] = ['MIDR_EL1', 'MPIDR_EL1', 'CNTFRQ_EL0'];
/** Registers of EL2 that say what a vCPU is; PC and PSTATE are in ELR_EL2 and SPSR_EL2 while EL2 runs. */
const OF_VCPU: readonly SysregSlot[] = ['ELR_EL2', 'SPSR_EL2', 'HCR_EL2', 'VPIDR_EL2', 'VMPIDR_EL2', 'CNTVOFF_EL2'];
/** MDCR_EL2 keeps the Performance Monitors from guests. */
const SWITCHED: readonly SysregSlot[] = SYSREG_SLOTS.filter(
  (name) => OF_VCPU.includes(name) || (!/_EL2$|^PM/.test(name) && !PHYSICAL.includes(name)),
);

/** Everything that a world switch moves. V0 to V31 count as two slots each, of 64 bits. */
const SLOTS: readonly Slot[] = [
  ...X,
  SP[0],
  SP[1],
  ...SWITCHED.map((name) => R[name]),
  ...Q.flatMap((slot) => [slot, (slot + 8) as Slot]),
];
const INDEX = new Map(SLOTS.map((slot, index) => [slot, index * 2]));
const RESETS = REGISTERS.filter((row) => row.view === undefined && (SWITCHED as readonly string[]).includes(row.name));

/** Place of a slot's high half in `saved`. Throws for a register that is not the vCPU's own. */
function indexOf(slot: Slot): number {
  const at = INDEX.get(slot);
  if (at === undefined) throw new Error(`slot ${slot} is no register of a vCPU`);
  return at;
}

/** PSTATE after a reset into EL1: EL1h with interrupts masked. */
export const PSTATE_EL1H = PSTATE_DAIF | 0b0101;

export class VcpuRegisters {
  private readonly saved = new Uint32Array(SLOTS.length * 2);
  private cpu: CpuState | undefined;

  /** Puts them into their state after a reset into EL1, with PC 0; general registers are zero. */
  reset(): void {
    for (const slot of SLOTS) this.set64(slot, 0, 0);
    for (const { name, reset } of RESETS) this.set64(R[name as SysregSlot], reset.hi, reset.lo);
    this.pstate = PSTATE_EL1H;
  }

  /** Moves them into a CPU that is at EL2. */
  load(cpu: CpuState): void {
    for (let i = 0; i < SLOTS.length; i++) cpu.set64(SLOTS[i], this.saved[i * 2], this.saved[i * 2 + 1]);
    this.cpu = cpu;
  }

  /** Moves them out of the CPU, which is at EL2, into memory. */
  save(): void {
    const { cpu, saved } = this;
    if (cpu === undefined) return;
    for (let i = 0; i < SLOTS.length; i++) {
      saved[i * 2] = cpu.hi(SLOTS[i]);
      saved[i * 2 + 1] = cpu.lo(SLOTS[i]);
    }
    this.cpu = undefined;
  }

  /** Halves of a register, 32 bits each. All accessors throw for one that is not the vCPU's own. */
  hi(slot: Slot): number {
    const at = indexOf(slot);
    return this.cpu?.hi(slot) ?? this.saved[at];
  }
  lo(slot: Slot): number {
    const at = indexOf(slot);
    return this.cpu?.lo(slot) ?? this.saved[at + 1];
  }
  set64(slot: Slot, hi: number, lo: number): void {
    const at = indexOf(slot);
    if (this.cpu !== undefined) {
      this.cpu.set64(slot, hi, lo);
    } else {
      this.saved[at] = hi;
      this.saved[at + 1] = lo;
    }
  }

  /** A register as an unsigned BigInt, for the API. */
  get(slot: Slot): bigint {
    return (BigInt(this.hi(slot)) << 32n) | BigInt(this.lo(slot));
  }
  /** Writes a register; bits above 63 are dropped. */
  set(slot: Slot, value: bigint): void {
    this.set64(slot, Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
  }

  /** Xn, n at most 30. */
  x(n: number): bigint {
    return this.get(X[n]);
  }
  setX(n: number, value: bigint): void {
    this.set(X[n], value);
  }
  /** A system register by name. Throws for one that is not the vCPU's own. */
  sysreg(name: SysregSlot): bigint {
    return this.get(R[name]);
  }

  /** Program counter, a VA. */
  get pc(): bigint {
    return this.guest?.pc ?? this.get(R.ELR_EL2);
  }
  set pc(value: bigint) {
    if (this.guest !== undefined) this.guest.set(PC, value);
    else this.set(R.ELR_EL2, value);
  }
  /** PSTATE in the layout of SPSR_EL2. */
  get pstate(): number {
    return this.guest?.pstate ?? this.lo(R.SPSR_EL2);
  }
  set pstate(value: number) {
    if (this.guest !== undefined) this.guest.pstate = value;
    else this.set64(R.SPSR_EL2, 0, value);
  }

  /** The CPU while the guest itself is what it runs. */
  private get guest(): CpuState | undefined {
    return this.cpu !== undefined && this.cpu.lo(EL) < 2 ? this.cpu : undefined;
  }
}
