/** `el2 run`: each image in a VM of its own, under the hypervisor. */

import type { Va } from '../arch/addresses.ts';
import { SymbolTable } from '../debug/symbols.ts';
import { failingWalk } from '../debug/translate.ts';
import type { Vm, VmEnd } from '../hyp/vm.ts';
import type { VmHost } from '../machine/vm-host.ts';
import type { ConsoleOf, GuestRun, NamedMap, NamedRegisters, Scene, Surroundings, VmAccount } from './guest.ts';
import type { ImageFile } from './image-file.ts';
import { type Outcome, outcome } from './outcome.ts';
import type { Settings } from './settings.ts';
import { loadedView, savedView } from './vcpu-view.ts';
import { createGuest, hostOf } from './vm-guest.ts';
import { vmMaps, vmRegisters, vmWalk } from './vm-inspect.ts';

/** The VMs of one run. The first that fails ends the run; else it ends when all have. */
class VmRun implements GuestRun {
  private readonly host: VmHost;
  private readonly tables = new Map<string, SymbolTable>();
  /** Consoles by VM name: they outlive a reset. */
  private readonly receivers: ReadonlyMap<string, ReturnType<ConsoleOf>>;
  private vms: Vm[];
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
    const until = (): boolean => this.vms.some(({ end }) => end !== undefined);
    const why = this.host.hypervisor.run({ maxInstructions: instructions, until });
    if (why === 'input') return 'input';
    if (why === 'stopped') return undefined;
    if (!this.settings.noReboot) this.restart();
    const failed = this.vms.find((vm) => isFailure(vm.end));
    if (failed !== undefined) return outcomeOf(failed, failed.end as VmEnd);
    if (this.vms.some(({ end }) => end === undefined)) return undefined;
    const outcomes = this.vms.map((vm) => outcomeOf(vm, vm.end as VmEnd));
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
    const failed = this.vms.find((vm) => isFailure(vm.end));
    const loaded = this.host.hypervisor.loaded(0);
    const vcpu = failed?.vcpus[0] ?? loaded ?? this.vms[0].vcpus[0];
    const head = { cpu: vcpu.index, vm: vcpu.vm.name, symbols: this.symbols(vcpu.vm.name) };
    if (vcpu !== loaded)
      return { ...head, state: savedView(vcpu), history: { branches: () => [], exceptions: () => [] } };
    const [cpu] = this.system.cpus;
    const state = loadedView(vcpu, (slot) => cpu.state.get(slot));
    // The hypervisor lives on stage-2 faults: one of them explains an end only if nobody served it.
    const walk = failingWalk(cpu, failed?.end?.reason === 'unhandled' ? 2 : 1);
    return { ...head, state, history: cpu.history, walk };
  }

  account(): { vms: VmAccount[] } {
    return { vms: this.vms.map(({ name, end, stats }) => ({ name, end: end ?? { reason: 'running' }, stats })) };
  }

  private create(file: ImageFile): Vm {
    const { vm, image } = createGuest(this.host, this.settings, file, this.surroundings);
    const { name } = file;
    if (this.inputEnded || file !== this.images[0]) vm.endInput();
    vm.onConsole = (bytes) => {
      if (this.receivers.get(name)?.(bytes)) this.stop();
    };
    this.tables.set(name, new SymbolTable(image.symbols));
    return vm;
  }

  /** A VM that reset itself starts again, as new. */
  private restart(): void {
    this.vms = this.vms.map((vm, index) => {
      if (vm.end?.reason !== 'reset') return vm;
      this.host.hypervisor.destroyVm(vm);
      return this.create(this.images[index]);
    });
  }
}

/** Makes the VMs with their images loaded. Throws MachineError, UsageError and the errors of src/hyp/errors.ts. */
export const runVms = (settings: Settings, images: readonly ImageFile[], surroundings: Surroundings): GuestRun =>
  new VmRun(settings, images, surroundings);

const isFailure = (end: VmEnd | undefined): boolean => end !== undefined && 'what' in end;

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
