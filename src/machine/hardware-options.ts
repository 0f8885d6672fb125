/** The hardware that every machine has, CPUs and RAM, and how it is emulated: options, defaults and limits. */

import type { TlbKind } from '../cpu/engine/cpu.ts';
import type { EngineMode } from '../cpu/engine/engine.ts';
import { CPU_MODELS, type CpuModel, cpuModel, withGicv3 } from '../cpu/models.ts';
import { MachineError } from './machine-error.ts';

/** Architecture versions of the GIC. */
const GIC_VERSIONS = [2, 3] as const;
export type GicVersion = (typeof GIC_VERSIONS)[number];

export interface HardwareOptions {
  /** CPU model, as QEMU names it. */
  readonly cpu?: string;
  /** Number of physical CPUs, 1 to 8; one unless told. */
  readonly cpus?: number;
  /** Bytes of physical RAM, a multiple of 4 KiB; under VMs it holds their memory and their stage-2 tables. */
  readonly memoryBytes?: number;
  /** Architecture version of the interrupt controller, and of that of VMs; 2 unless told. */
  readonly gicVersion?: GicVersion;
  readonly engine?: EngineMode;
  /** `{ chaos: seed }`: a TLB that does at random what the architecture allows, to find missing maintenance. */
  readonly tlb?: TlbKind;
}

/** The same with nothing left out; the CPU has what its GIC needs. */
export interface Hardware {
  readonly model: CpuModel;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gicVersion: GicVersion;
  readonly engine: EngineMode;
  readonly tlb: TlbKind;
}

const MAX_MEMORY = 2 ** 36;
const MAX_CPUS = 8;

/** Fills in what the options leave out, `defaultMemory` bytes of RAM. Throws MachineError for what no machine has. */
export function hardwareOf(options: HardwareOptions, defaultMemory: number): Hardware {
  const { cpu = 'cortex-a57', cpus = 1, memoryBytes = defaultMemory, gicVersion = 2 } = options;
  const { engine = 'auto', tlb = 'normal' } = options;
  const model = cpuModel(cpu);
  if (model === undefined) throw new MachineError(`unknown CPU '${cpu}': choose one of ${CPU_MODELS.join(', ')}`);
  if (!Number.isInteger(memoryBytes) || memoryBytes <= 0 || memoryBytes % 4096 !== 0 || memoryBytes > MAX_MEMORY) {
    throw new MachineError(`${memoryBytes} bytes of RAM: give a multiple of 4 KiB, at most 64 GiB`);
  }
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) {
    throw new MachineError(`${cpus} CPUs: give 1 to ${MAX_CPUS}`);
  }
  if (!GIC_VERSIONS.includes(gicVersion)) throw new MachineError(`GIC version ${gicVersion}: give 2 or 3`);
  return { model: gicVersion === 3 ? withGicv3(model) : model, cpus, memoryBytes, gicVersion, engine, tlb };
}
