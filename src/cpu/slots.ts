/** The layout of a CPU struct in linear memory: every slot's offset and type, none overlapping (law 1). */

/** wasm type of a slot. */
export type SlotType = 'i64' | 'i32' | 'v128';
/** Byte offset of a slot from the base of a CPU struct; an IR operand. */
export type Slot = number & { readonly slot: unique symbol };

const BYTES: Record<SlotType, number> = { i64: 8, i32: 4, v128: 16 };
const types = new Map<number, SlotType>();
const names = new Map<number, string>();
let next = 0;

function slot(name: string, type: SlotType): Slot {
  const size = BYTES[type];
  next = Math.ceil(next / size) * size;
  const at = next as Slot;
  types.set(at, type);
  names.set(at, name);
  next += size;
  return at;
}

function run(prefix: string, count: number, type: SlotType): readonly Slot[] {
  return Array.from({ length: count }, (_, i) => slot(`${prefix}${i}`, type));
}

/** X0 to X30 in the order of their numbers; slot 31 is not here: it is `ZERO`, `DISCARD` or a stack pointer. */
export const X = run('X', 31, 'i64');
/** Reads of XZR. Never written. */
export const ZERO = slot('ZERO', 'i64');
/** Writes of XZR. Never read. */
export const DISCARD = slot('DISCARD', 'i64');
export const PC = slot('PC', 'i64');
/** SP_EL0, SP_EL1, SP_EL2. */
export const SP = run('SP_EL', 3, 'i64');
/** PSTATE flags, each 0 or 1. */
export const N = slot('N', 'i32');
export const Z = slot('Z', 'i32');
export const C = slot('C', 'i32');
export const V = slot('V', 'i32');
/** Temporaries of one instruction, 64 and 128 bits; dead at its end. */
export const T = run('T', 8, 'i64');
export const TV = run('TV', 4, 'v128');
/** V0 to V31, the SIMD and floating-point registers. */
export const Q = run('V', 32, 'v128');
/** Result of a floating-point op that took the slow path. */
export const FP_RESULT = slot('FP_RESULT', 'v128');

/** PSTATE.DAIF as SPSR holds it: bits 9 to 6. */
export const DAIF = slot('DAIF', 'i32');
/** PSTATE.EL, 0 to 2. */
export const EL = slot('EL', 'i32');
/** PSTATE.SP: 0 selects SP_EL0, 1 selects SP_ELx. */
export const SPSEL = slot('SPSEL', 'i32');
/** PSTATE.SS. */
export const SS = slot('SS', 'i32');
/** PSTATE.IL. */
export const IL = slot('IL', 'i32');
/** PSTATE.PAN, UAO and SSBS; 0 on a CPU without the feature. */
export const PAN = slot('PAN', 'i32');
export const UAO = slot('UAO', 'i32');
export const SSBS = slot('SSBS', 'i32');

/** Levels of the interrupt lines into the CPU: IRQ, FIQ, virtual IRQ and virtual FIQ in bits 0 to 3. */
export const INTERRUPT_LINES = slot('INTERRUPT_LINES', 'i32');

/** Instructions left in the running slice (law 4); negative asks to leave at the next block. */
export const BUDGET = slot('BUDGET', 'i32');
/** Identity of the translation context together with the code flags; key of the jump cache. */
export const CONTEXT = slot('CONTEXT', 'i32');
/** The same for the upper half of the VA space; lies right behind. */
export const CONTEXT_UPPER = slot('CONTEXT_UPPER', 'i32');
/** Not 0 once registers changed, while EL2 ran, on which the contexts below EL2 depend. */
export const LOWER_CONTEXTS_STALE = slot('LOWER_CONTEXTS_STALE', 'i32');
/** Packed code flags of the current context. */
export const CODE_FLAGS = slot('CODE_FLAGS', 'i32');
/** Linear-memory offset of the soft TLB of the context, and of the one that LDTR and STTR use. */
export const SOFT_TLB = slot('SOFT_TLB', 'i32');
export const SOFT_TLB_UNPRIV = slot('SOFT_TLB_UNPRIV', 'i32');
/** Masks of their entries' offsets (see `softTlbMask`). */
export const SOFT_TLB_MASK = slot('SOFT_TLB_MASK', 'i32');
export const SOFT_TLB_UNPRIV_MASK = slot('SOFT_TLB_UNPRIV_MASK', 'i32');
/** Op record of the block that runs; op record at which the engine left. */
export const BLOCK = slot('BLOCK', 'i32');
export const EXIT_AT = slot('EXIT_AT', 'i32');
/** Not 0 once an op has called out since a block was last looked up: whether the next one is mapped is to be looked up too. */
export const CALLED_OUT = slot('CALLED_OUT', 'i32');
/** Calls and indirect branches: a ring of pairs of VAs, whose number is a power of two, and how many were ever written. */
export const HISTORY = run('HISTORY', 64, 'i64');
export const HISTORY_COUNT = slot('HISTORY_COUNT', 'i32');
/** VA and data of an access that takes the slow path. */
export const ACCESS_VA = slot('ACCESS_VA', 'i64');
export const ACCESS_DATA = slot('ACCESS_DATA', 'i64');
/** Exclusive monitor (law 9): bytes reserved (0: open), and the VA. */
export const EXCLUSIVE_SIZE = slot('EXCLUSIVE_SIZE', 'i32');
export const EXCLUSIVE_VA = slot('EXCLUSIVE_VA', 'i64');
/** Event register of WFE. */
export const EVENT = slot('EVENT', 'i32');

/** System registers that are plain storage, by architectural name. */
// biome-ignore format: one table
export const SYSREG_SLOTS = [
  'TPIDR_EL0', 'TPIDRRO_EL0', 'TPIDR_EL1', 'TPIDR_EL2', 'CONTEXTIDR_EL1', 'CONTEXTIDR_EL2',
  'SCTLR_EL1', 'SCTLR_EL2', 'ACTLR_EL1', 'ACTLR_EL2', 'CPACR_EL1', 'CPTR_EL2',
  'TTBR0_EL1', 'TTBR1_EL1', 'TTBR0_EL2', 'TTBR1_EL2', 'TCR_EL1', 'TCR_EL2', 'MAIR_EL1', 'MAIR_EL2', 'AMAIR_EL1', 'AMAIR_EL2',
  'VBAR_EL1', 'VBAR_EL2', 'ESR_EL1', 'ESR_EL2', 'FAR_EL1', 'FAR_EL2', 'HPFAR_EL2', 'AFSR0_EL1', 'AFSR1_EL1',
  'AFSR0_EL2', 'AFSR1_EL2', 'ELR_EL1', 'ELR_EL2', 'SPSR_EL1', 'SPSR_EL2', 'PAR_EL1', 'CSSELR_EL1',
  'HCR_EL2', 'HSTR_EL2', 'HACR_EL2', 'MDCR_EL2', 'VTTBR_EL2', 'VTCR_EL2', 'VPIDR_EL2', 'VMPIDR_EL2',
  'CNTKCTL_EL1', 'CNTHCTL_EL2', 'CNTVOFF_EL2', 'CNTFRQ_EL0', 'MDSCR_EL1', 'OSLAR_EL1', 'OSDLR_EL1',
  'CNTP_CTL_EL0', 'CNTP_CVAL_EL0', 'CNTV_CTL_EL0', 'CNTV_CVAL_EL0', 'CNTHP_CTL_EL2', 'CNTHP_CVAL_EL2',
  'CNTHV_CTL_EL2', 'CNTHV_CVAL_EL2',
  'MPIDR_EL1', 'MIDR_EL1', 'DACR32_EL2', 'IFSR32_EL2', 'SPSR_irq', 'SPSR_abt', 'SPSR_und', 'SPSR_fiq', 'DBGVCR32_EL2',
  'DBGBVR0_EL1', 'DBGBVR1_EL1', 'DBGBVR2_EL1', 'DBGBVR3_EL1', 'DBGBVR4_EL1', 'DBGBVR5_EL1',
  'DBGBCR0_EL1', 'DBGBCR1_EL1', 'DBGBCR2_EL1', 'DBGBCR3_EL1', 'DBGBCR4_EL1', 'DBGBCR5_EL1',
  'DBGWVR0_EL1', 'DBGWVR1_EL1', 'DBGWVR2_EL1', 'DBGWVR3_EL1',
  'DBGWCR0_EL1', 'DBGWCR1_EL1', 'DBGWCR2_EL1', 'DBGWCR3_EL1',
  'MDCCINT_EL1', 'OSDTRRX_EL1', 'OSDTRTX_EL1', 'OSECCR_EL1', 'DBGPRCR_EL1', 'DBGCLAIMCLR_EL1',
  'PMCR_EL0', 'PMCNTENSET_EL0', 'PMOVSSET_EL0', 'PMINTENSET_EL1', 'PMSELR_EL0', 'PMUSERENR_EL0', 'PMCCNTR_EL0',
  'PMEVCNTR0_EL0', 'PMEVCNTR1_EL0', 'PMEVCNTR2_EL0', 'PMEVCNTR3_EL0', 'PMEVCNTR4_EL0', 'PMEVCNTR5_EL0',
  'PMEVTYPER0_EL0', 'PMEVTYPER1_EL0', 'PMEVTYPER2_EL0', 'PMEVTYPER3_EL0', 'PMEVTYPER4_EL0', 'PMEVTYPER5_EL0',
  'PMCCFILTR_EL0', 'FPCR', 'FPSR', 'ICC_SRE_EL1', 'ICC_SRE_EL2',
] as const;
export type SysregSlot = (typeof SYSREG_SLOTS)[number];
/** Slot of each of `SYSREG_SLOTS`; all are 64 bits wide. */
export const R = Object.fromEntries(SYSREG_SLOTS.map((name) => [name, slot(name, 'i64')])) as Record<SysregSlot, Slot>;

/** Bytes of a CPU struct. */
export const CPU_BYTES = Math.ceil(next / 64) * 64;

/** Type of the slot at an offset; undefined where no slot starts. */
export const slotType = (at: number): SlotType | undefined => types.get(at);
/** Name of the slot at an offset, for listings. */
export const slotName = (at: number): string => names.get(at) ?? `?${at}`;
/** Offsets of all slots, ascending. */
export const allSlots = (): readonly Slot[] => [...types.keys()] as Slot[];
