/** A machine with a hypervisor for tests, and guests put into its VMs. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ipa, pa } from '../../src/arch/addresses.ts';
import type { TraceEvent } from '../../src/arch/trace.ts';
import type { TlbKind } from '../../src/cpu/engine/cpu.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { System } from '../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel, withGicv3 } from '../../src/cpu/models.ts';
import { currentRegime } from '../../src/cpu/system/regimes.ts';
import {
  TIMER_HYPERVISOR,
  TIMER_HYPERVISOR_VIRTUAL,
  TIMER_PHYSICAL,
  TIMER_VIRTUAL,
} from '../../src/cpu/system/timers/generic-timers.ts';
import type { Gic, GicPorts } from '../../src/devices/gic/gic.ts';
import { Gicv2 } from '../../src/devices/gicv2/gicv2.ts';
import { Gicv3 } from '../../src/devices/gicv3/gicv3.ts';
import type { GicParts } from '../../src/hyp/gic-versions.ts';
import { Hypervisor, type Omissions } from '../../src/hyp/hypervisor.ts';
import type { Leaf } from '../../src/hyp/stage2-leaves.ts';
import type { Vm } from '../../src/hyp/vm.ts';
import type { VmOptions } from '../../src/hyp/vm-options.ts';
import type { BbmConflict } from '../../src/mmu/break-before-make.ts';

export const MIB = 0x10_0000;
/** Where test programs stand, an IPA. */
export const ENTRY = 0x4008_0000;
/** Physical memory of the machine: not where guests see theirs. */
export const RAM = { base: pa(0x8000_0000), bytes: 256 * MIB };

/** PA of the virtual CPU interfaces, and the PPIs (INTID - 16) of the timers, both as on the `virt` board. */
export const GICV = 0x0804_0000;
const TIMER_PPI = { [TIMER_PHYSICAL]: 14, [TIMER_VIRTUAL]: 11, [TIMER_HYPERVISOR]: 10, [TIMER_HYPERVISOR_VIRTUAL]: 12 };

export interface HostOptions {
  readonly cpus?: number;
  readonly ramBytes?: number;
  readonly engine?: EngineMode;
  readonly tlb?: TlbKind;
  readonly model?: CpuModel;
  readonly omitted?: Omissions;
  /** With a GICv2, or of another version, and generic timers. */
  readonly gic?: boolean | 3;
}

export const model = cpuModel('cortex-a57') as CpuModel;
/** A Cortex-A57 with every granule and 48-bit PAs. */
export const roomyModel: CpuModel = {
  ...model,
  mmu: { ...model.mmu, paBits: 48, granules: { ...model.mmu.granules, k16: { stage1: true, stage2: true } } },
};

/** A machine that runs a hypervisor. */
export class Host {
  readonly system: System;
  readonly hyp: Hypervisor;
  /** A GICv2 unless told; the hypervisor knows it if it was asked for. */
  readonly gic: Gic;
  readonly events: TraceEvent[] = [];

  constructor(options: HostOptions = {}) {
    const { cpus = 1, ramBytes = RAM.bytes, engine = 'interp', tlb = 'normal', omitted, gic = false } = options;
    const plain = options.model ?? model;
    this.system = new System({
      model: gic === 3 ? withGicv3(plain) : plain,
      cpus,
      engine,
      tlb,
      firmware: { call: () => false, semihosting: (cpu) => this.hyp.semihosting(cpu) },
      ...(gic !== false && { onTimer: (cpu, timer, level) => this.gic.setPpi(cpu, TIMER_PPI[timer], level) }),
    });
    this.system.bus.addRam(RAM.base, ramBytes);
    const drive = (line: 'irqLine' | 'fiqLine' | 'virqLine' | 'vfiqLine') => (cpu: number, level: boolean) => {
      this.system.cpus[cpu][line] = level;
    };
    const { made, parts } = (gic === 3 ? gicv3 : gicv2)(this.system, {
      irq: drive('irqLine'),
      fiq: drive('fiqLine'),
      virq: drive('virqLine'),
      vfiq: drive('vfiqLine'),
      onGuestError: () => {},
    });
    this.gic = made;
    this.hyp = new Hypervisor(
      this.system,
      { base: RAM.base, bytes: ramBytes },
      { ...(gic !== false && { gic: parts }), ...(omitted && { omitted }) },
    );
  }

  /** Collects events of these categories (bits). */
  watch(mask: number): void {
    this.system.trace.mask = mask;
    this.system.trace.sink = (_cpu, event) => this.events.push(event);
  }

  /** Collects what every CPU sees of tables that were changed without break-before-make. */
  watchBreakBeforeMake(): BbmConflict[] {
    const conflicts: BbmConflict[] = [];
    for (const { mmu, regimes, state } of this.system.cpus) {
      mmu.watchBreakBeforeMake({
        current: () => currentRegime({ regimes, state }),
        guest: () => regimes.get('EL1&0'),
        report: ({ what }) => conflicts.push(what),
      });
    }
    return conflicts;
  }

  /** A VM whose console goes to `text()`. */
  vm(options: Partial<VmOptions> = {}): TestVm {
    return new TestVm(this.hyp.createVm({ name: 'test', memoryBytes: 128 * MIB, ...options }));
  }

  /** A VM that starts with a program at ENTRY. */
  program(bytes: Uint8Array, options: Partial<VmOptions> = {}): TestVm {
    const made = this.vm(options);
    made.vm.writeBytes(ENTRY, bytes);
    made.vm.vcpus[0].start(BigInt(ENTRY), 0n);
    return made;
  }

  /** A VM that starts with an image of firmware/images. */
  firmware(name: string, options: Partial<VmOptions> = {}): TestVm {
    const made = this.vm({ name, ...options });
    made.vm.load(firmwareImage(name), new Uint8Array(0));
    return made;
  }
}

/** A GIC and how the hypervisor gets it. */
interface MadeGic {
  readonly made: Gic;
  readonly parts: GicParts;
}

/** GICV is in the physical map. */
function gicv2({ cpus, bus }: System, ports: GicPorts): MadeGic {
  const made = new Gicv2(cpus.length, ports);
  const { distributor, cpuInterface, hypervisor, virtualCpuInterface } = made;
  bus.addDevice(GICV, 0x1_0000, virtualCpuInterface);
  return { made, parts: { version: 2, distributor, cpuInterface, hypervisor, virtualCpuInterface: pa(GICV) } };
}

function gicv3({ cpus }: System, ports: GicPorts): MadeGic {
  const made = new Gicv3(cpus.length, ports);
  const { distributor, redistributors, systemRegisters } = made;
  for (const cpu of cpus) cpu.gic = systemRegisters[cpu.index];
  return { made, parts: { version: 3, distributor, redistributors, systemRegisters } };
}

const root = join(import.meta.dirname, '../../firmware');
const firmwareImage = (name: string): Uint8Array => readFileSync(join(root, 'images', `${name}.elf`));
export const firmwareConsole = (name: string): string =>
  readFileSync(join(root, 'expected', `${name}.el1.txt`), 'utf8');

/** A VM and what it printed. */
export class TestVm {
  private readonly decoder = new TextDecoder();
  console = '';

  constructor(readonly vm: Vm) {
    vm.onConsole = (bytes) => {
      this.console += this.decoder.decode(bytes, { stream: true });
    };
  }

  /** Xn of vCPU 0. */
  x(n: number): bigint {
    return this.vm.vcpus[0].registers.x(n);
  }
  /** The leaf that maps an IPA. */
  leaf(at: number): Leaf | undefined {
    return this.vm.memory.stage2.lookUp(ipa(at));
  }
  /** The little-endian 64-bit word at an IPA. */
  word(at: number): bigint {
    const bytes = this.vm.readBytes(at, 8);
    if (bytes === undefined) throw new Error(`no memory at ${at}`);
    return new DataView(bytes.buffer).getBigUint64(0, true);
  }
}
