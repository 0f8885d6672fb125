/** `el2 run`: each image in a VM of its own, under the hypervisor. */

import type { Va } from '../arch/addresses.ts';
import { SymbolTable } from '../debug/symbols.ts';
import type { Vm, VmEnd } from '../hyp/vm.ts';
import type { VmHost } from '../machine/vm-host.ts';
import type { ConsoleOf, GuestRun, NamedMap, NamedRegisters, Scene, Surroundings } from './guest.ts';
import type { ImageFile } from './image-file.ts';
import { isAbnormal, type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';
import type { HypervisorFigures, VmFigures } from './statistics.ts';
import { createGuest, hostOf } from './vm-guest.ts';
import { vmMaps, vmRegisters, vmWalk } from './vm-inspect.ts';
import { vmScene } from './vm-scene.ts';

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

  /** The next `run` finds them reset. */
  reset(): undefined {
    for (const vm of this.vms) vm.finish({ reason: 'reset' });
    return undefined;
  }

  registers(): NamedRegisters[] {
    return vmRegisters(this.vms);
  }
  maps(): NamedMap[] {
    return vmMaps(this.host, this.vms);
  }
  walk(va: Va): string {
    return vmWalk(this.host.hypervisor, this.system, va);
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
    const virtio = this.surroundings.virtioOf?.(this.images.indexOf(file));
    const { vm, image } = createGuest(this.host, this.settings, file, { ...this.surroundings, virtio });
    const { name } = file;
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
