/** The public API of el2. */

export { type Ipa, ipa, type Pa, pa, type Va, va } from './arch/addresses.ts';
export { ImageError } from './arch/image/image-error.ts';
export { Failure } from './arch/semihosting-errors.ts';
export type { FileMode, SemihostingFile, SemihostingFiles } from './arch/semihosting-files.ts';
export { CATEGORIES, type Category, Trace, type TraceEvent } from './arch/trace.ts';
export type { EngineMode } from './cpu/engine/engine.ts';
export { CPU_MODELS, type CpuModel, cpuModel } from './cpu/models.ts';
export { type AttachedTrace, attachTrace, type TraceFormat, type TraceOptions } from './debug/attach.ts';
export type { ExplainedStep, Explanation } from './debug/explain.ts';
export type { TraceFilter } from './debug/filter.ts';
export { SymbolTable } from './debug/symbols.ts';
export { type AccessName, explain, explainText } from './debug/translate.ts';
export { OutOfFrames, SlotError, VmError } from './hyp/errors.ts';
export { type Exit, type ExitHandler, PARK, RESUME, UNHANDLED } from './hyp/exit.ts';
export { Hypervisor } from './hyp/hypervisor.ts';
export type { HypervisorEnd, HypervisorRunOptions } from './hyp/run-loop.ts';
export type { SlotOptions } from './hyp/slot-options.ts';
export type { UnhandledExit } from './hyp/unhandled-exits.ts';
export type { Vcpu, Vm, VmEnd } from './hyp/vm.ts';
export type { VmOptions } from './hyp/vm-options.ts';
export type { VmStats } from './hyp/vm-stats.ts';
export { type LoadOptions, Machine, type MachineOptions, type RunOptions } from './machine/machine.ts';
export type { MachineEnd } from './machine/machine-end.ts';
export { MachineError } from './machine/machine-error.ts';
export { type Guest, type GuestOptions, VmHost, type VmHostOptions, type VmTreeOptions } from './machine/vm-host.ts';
