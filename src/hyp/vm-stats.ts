/** Counters of what a VM made the hypervisor do. */

/** Exits by what caused them. */
export type ExitKind = 'hvc' | 'smc' | 'wfx' | 'sysreg' | 'instructionAbort' | 'dataAbort' | 'interrupt' | 'other';
/** Stage-2 faults by kind; those of the guest's own table walks (S1PTW) are counted apart. */
export type Stage2FaultKind = 'translation' | 'permission' | 'accessFlag' | 'onTableWalk';

const noExits = (): Record<ExitKind, number> => ({
  hvc: 0,
  smc: 0,
  wfx: 0,
  sysreg: 0,
  instructionAbort: 0,
  dataAbort: 0,
  interrupt: 0,
  other: 0,
});

export class VmStats {
  readonly exits = noExits();
  /** Virtual nanoseconds that exits of each kind took. */
  readonly exitNanoseconds = noExits();
  readonly stage2Faults: Record<Stage2FaultKind, number> = {
    translation: 0,
    permission: 0,
    accessFlag: 0,
    onTableWalk: 0,
  };
  /** Accesses that a device model served. */
  mmio = 0;
  /** External aborts and Undefined Instruction exceptions given to the guest. */
  injected = 0;
  /** Times that one of its vCPUs was loaded into a CPU. */
  worldSwitches = 0;

  get totalExits(): number {
    return Object.values(this.exits).reduce((sum, count) => sum + count, 0);
  }
}
