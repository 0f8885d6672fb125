/** The public API of el2. */

export { type Ipa, ipa, type Pa, pa, type Va, va } from './arch/addresses.ts';
export { ImageError } from './arch/image/image-error.ts';
export { CATEGORIES, type Category, Trace, type TraceEvent } from './arch/trace.ts';
export type { EngineMode } from './cpu/engine/engine.ts';
export { type CpuModel, CPU_MODELS, cpuModel } from './cpu/models.ts';
export { Machine, type MachineOptions, type RunOptions } from './machine/machine.ts';
export type { MachineEnd } from './machine/machine-end.ts';
export { MachineError } from './machine/machine-error.ts';
