/** `el2 run`: each image in a VM of its own, under the hypervisor. */

import { SymbolTable } from '../debug/symbols.ts';
import type { Vm, VmEnd } from '../hyp/vm.ts';
import { VmHost } from '../machine/vm-host.ts';
import type { ConsoleOf, GuestRun, Scene, Surroundings } from './guest.ts';
import { type ImageFile, loadFrom } from './image-file.ts';
import { isAbnormal, type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';
import type { HypervisorFigures, VmFigures } from './statistics.ts';
import { vmScene } from './vm-scene.ts';

/** Physical RAM beyond the memory of the VMs: stage-2 tables, a 512th of what they map, and their roots. */
const TABLES = 1 / 256;
const ROOTS = 2 ** 20;
const PAGE = 4096;
const physicalBytes = (vms: number, bytes: number): number =>
  vms * (Math.ceil((bytes * TABLES) / PAGE) * PAGE + bytes + ROOTS);

function hostOf({ cpu, pcpus, engine, tlb, memoryBytes }: Settings, vms: number): VmHost {
  return new VmHost({ cpu, cpus: pcpus, engine, tlb, memoryBytes: physicalBytes(vms, memoryBytes) });
}

/** The device tree that each VM would be given. Throws MachineError. */
export function vmTree(settings: Settings): Uint8Array {
  const { memoryBytes, cpus, append } = settings;
  return hostOf(settings, 1).deviceTree({ memoryBytes, vcpus: cpus, append });
}

/** The VMs of one run, which ends when all have. */
class VmRun implements GuestRun {
  private readonly host: VmHost;
  private readonly tables = new Map<string, SymbolTable>();
  /** Consoles by VM name: they outlive a reset. */
  private readonly receivers: ReadonlyMap<string, ReturnType<ConsoleOf>>;
  private vms: Vm[];
  /** How VMs ended that do not start again. */
  private readonly outcomes = new Map<Vm, Outcome>();
  private inputEnded = false;

  constructor(
    private readonly settings: Settings,
    private readonly images: readonly ImageFile[],
    private readonly surroundings: Surroundings,
  ) {
    this.receivers = new Map(images.map(({ name }) => [name, surroundings.consoleOf(name)]));
    this.host = hostOf(settings, images.length);
    this.vms = images.map((image) => this.create(image));
  }

  get system() {
    return this.host.system;
  }

  run(instructions: number): Outcome | 'input' | undefined {
    const until = (): boolean => this.vms.some((vm) => this.hasJustEnded(vm));
    const why = this.host.hypervisor.run({ maxInstructions: instructions, until });
    this.vms = this.vms.map((vm, index) => (this.hasJustEnded(vm) ? this.ended(vm, this.images[index]) : vm));
    if (why === 'input') return 'input';
    const outcomes = this.vms.flatMap((vm) => this.outcomes.get(vm) ?? []);
    if (why === 'stopped' || outcomes.length < this.vms.length) return undefined;
    return outcomes.find(({ code }) => code !== 0) ?? outcomes[0];
  }

  stop(): void {
    this.host.hypervisor.stop();
  }

  /** The first VM has the keyboard. */
  input(bytes: Uint8Array): void {
    this.vms[0].input(bytes);
  }
  endInput(): void {
    this.inputEnded = true;
    this.vms[0].endInput();
  }

  vmName(cpu: number): string | undefined {
    return this.host.hypervisor.loaded(cpu)?.vm.name;
  }

  symbols(vm: string | undefined): SymbolTable {
    return this.tables.get(vm ?? '') ?? new SymbolTable();
  }

  scene(): Scene {
    const { hypervisor } = this.host;
    const vm = hypervisor.loaded(hypervisor.currentCpu)?.vm ?? this.vms[0];
    return vmScene(this.host, vm, this.symbols(vm.name));
  }

  account(): { vms: VmFigures[]; hypervisor: HypervisorFigures } {
    const { worldSwitches, vmidGenerations, freeBytes } = this.host.hypervisor.statistics();
    const vms = this.vms.map(({ name, end, stats, memory }) => {
      const { pages, blocks, tableBytes } = memory.stage2;
      return { name, end: end ?? { reason: 'running' as const }, stats, pages, blocks, tableBytes };
    });
    return { vms, hypervisor: { worldSwitches, vmidGenerations, freeBytes } };
  }

  private hasJustEnded(vm: Vm): boolean {
    return vm.end !== undefined && !this.outcomes.has(vm);
  }

  /** A VM that reset itself starts again, as new; the end of another one stays. Returns the VM of this image. */
  private ended(vm: Vm, image: ImageFile): Vm {
    const end = vm.end as VmEnd;
    if (end.reason === 'reset' && !this.settings.noReboot) {
      this.host.hypervisor.destroyVm(vm);
      return this.create(image);
    }
    const how = outcomeOf(vm, end);
    this.outcomes.set(vm, how);
    if (isAbnormal(how)) this.surroundings.onFailure(how, vmScene(this.host, vm, this.symbols(vm.name)));
    return vm;
  }

  private create(file: ImageFile): Vm {
    const { memoryBytes, cpus: vcpus, append, ipaBits, pageBytes, hugePages } = this.settings;
    const { deviceTree, files } = this.surroundings;
    const { name, bytes } = file;
    const options = {
      name,
      memoryBytes,
      vcpus,
      ipaBits,
      pageBytes,
      hugePages,
      image: bytes,
      append,
      deviceTree,
      files,
    };
    const { vm, image } = loadFrom(file, () => this.host.createGuest(options));
    if (this.inputEnded || file !== this.images[0]) vm.endInput();
    vm.onConsole = (bytes) => {
      if (this.receivers.get(name)?.(bytes)) this.stop();
    };
    this.tables.set(name, new SymbolTable(image.symbols));
    return vm;
  }
}

/** Makes the VMs with their images loaded. Throws MachineError, UsageError and the errors of src/hyp/errors.ts. */
export const runVms = (settings: Settings, images: readonly ImageFile[], surroundings: Surroundings): GuestRun =>
  new VmRun(settings, images, surroundings);

function outcomeOf({ name }: Vm, end: VmEnd): Outcome {
  switch (end.reason) {
    case 'exit':
      return outcome('exit', `the guest in VM ${name} exited with code ${end.code}`, end.code);
    case 'off':
      return outcome('off', `the guest in VM ${name} turned it off`);
    case 'reset':
      return outcome('reset', `the guest in VM ${name} reset it`);
    case 'destroyed':
      throw new Error(`VM ${name} was destroyed while it ran`);
    default:
      return outcome(end.reason, `VM ${name}: ${end.what}`);
  }
}
