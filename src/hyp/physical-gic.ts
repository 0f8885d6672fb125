/** The machine's GIC as EL2 of one CPU uses it, whatever its architecture version. */

/** Registers of a CPU interface that a world switch moves: its machine control, and its active priorities. */
export const INTERFACE_WORDS = 3;

export interface PhysicalGic {
  /** Number of list registers. */
  readonly listRegisters: number;
  /** GICH_HCR or ICH_HCR_EL2. */
  control: number;
  /** Lets the given PPIs, and the maintenance interrupt, reach the CPU. */
  enable(ppis: readonly number[]): void;
  /** Acknowledges the pending interrupt and drops its priority; it stays active. SPURIOUS when there is none. */
  acknowledge(): number;
  deactivate(intid: number): void;
  /** Whether the line of a PPI that is level-sensitive is high. */
  isHigh(ppi: number): boolean;
  /** An active PPI does not fire, whatever its line. */
  setActive(ppi: number, active: boolean): void;
  /** A list register in the layout of GICH_LRn. */
  listRegister(n: number): number;
  setListRegister(n: number, value: number): void;
  /** Moves what the guest wrote to its CPU interface, and the priorities active there, to INTERFACE_WORDS and back. */
  saveInterface(to: Uint32Array): void;
  loadInterface(from: Uint32Array): void;
  /** Keeps a guest that has no GIC from the CPU interface. */
  hideInterface(): void;
}
