/** A machine with a hypervisor for tests, and guests put into its VMs. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pa } from '../../src/arch/addresses.ts';
import type { TraceEvent } from '../../src/arch/trace.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { System } from '../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../src/cpu/models.ts';
import { Hypervisor } from '../../src/hyp/hypervisor.ts';
import type { Vm, VmOptions } from '../../src/hyp/vm.ts';

export const MIB = 0x10_0000;
/** Where test programs stand, an IPA. */
export const ENTRY = 0x4008_0000;
/** Physical memory of the machine: not where guests see theirs. */
export const RAM = { base: pa(0x8000_0000), bytes: 256 * MIB };

export interface HostOptions {
  readonly cpus?: number;
  readonly ramBytes?: number;
  readonly engine?: EngineMode;
}

export const model = cpuModel('cortex-a57') as CpuModel;

/** A machine that runs a hypervisor. */
export class Host {
  readonly system: System;
  readonly hyp: Hypervisor;
  readonly events: TraceEvent[] = [];

  constructor({ cpus = 1, ramBytes = RAM.bytes, engine = 'interp' }: HostOptions = {}) {
    this.system = new System({
      model,
      cpus,
      engine,
      firmware: { call: () => false, semihosting: (cpu) => this.hyp.semihosting(cpu) },
    });
    this.system.bus.addRam(RAM.base, ramBytes);
    this.hyp = new Hypervisor(this.system, { base: RAM.base, bytes: ramBytes });
  }

  /** Collects events of these categories (bits). */
  watch(mask: number): void {
    this.system.trace.mask = mask;
    this.system.trace.sink = (_cpu, event) => this.events.push(event);
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

const root = join(import.meta.dirname, '../../firmware');
export const firmwareImage = (name: string): Uint8Array => readFileSync(join(root, 'images', `${name}.elf`));
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
  /** The little-endian 64-bit word at an IPA. */
  word(at: number): bigint {
    const bytes = this.vm.readBytes(at, 8);
    if (bytes === undefined) throw new Error(`no memory at ${at}`);
    return new DataView(bytes.buffer).getBigUint64(0, true);
  }
}
