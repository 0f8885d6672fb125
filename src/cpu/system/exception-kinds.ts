/** Kinds of exception as traces name them: QEMU's numbers and words, so that logs compare. */

export interface ExceptionKind {
  readonly number: number;
  readonly name: string;
  /** Whether the exception writes FAR_ELx. */
  readonly hasFar: boolean;
  /** The instruction that generates it has been executed: the preferred return address is the next one. */
  readonly retires: boolean;
}

const kind = (number: number, name: string, hasFar = false): ExceptionKind => ({
  number,
  name,
  hasFar,
  retires: false,
});

/** Exceptions that have no number of their own in QEMU (traps, alignment of SP, illegal state) are 1. */
export const UNDEFINED_INSTRUCTION = kind(1, 'Undefined Instruction');
export const SUPERVISOR_CALL: ExceptionKind = { ...kind(2, 'SVC'), retires: true };
export const PREFETCH_ABORT = kind(3, 'Prefetch Abort', true);
export const DATA_ABORT = kind(4, 'Data Abort', true);
export const PHYSICAL_IRQ = kind(5, 'IRQ');
export const PHYSICAL_FIQ = kind(6, 'FIQ');
export const BREAKPOINT = kind(7, 'Breakpoint');
export const HYPERVISOR_CALL: ExceptionKind = { ...kind(11, 'Hypervisor Call'), retires: true };
export const HYPERVISOR_TRAP = kind(12, 'Hypervisor Trap');
export const VIRTUAL_IRQ = kind(14, 'Virtual IRQ');
export const VIRTUAL_FIQ = kind(15, 'Virtual FIQ');
export const VIRTUAL_SERROR = kind(24, 'Virtual SERR');
