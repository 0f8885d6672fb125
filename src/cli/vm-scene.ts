/** Where a VM stands, as a post-mortem reads it. */

import type { SymbolTable } from '../debug/symbols.ts';
import { failingWalk } from '../debug/translate.ts';
import type { Vm } from '../hyp/vm.ts';
import type { VmHost } from '../machine/vm-host.ts';
import type { Scene } from './guest.ts';
import { loadedView, savedView } from './vcpu-view.ts';

/** The vCPU of a VM that ran last, or vCPU 0 when none is in a CPU. */
export function vmScene({ hypervisor, system }: VmHost, vm: Vm, symbols: SymbolTable): Scene {
  const { cpus, retired: instructions } = system;
  const ranLast = [cpus[hypervisor.currentCpu], ...cpus];
  const cpu = ranLast.find(({ index }) => hypervisor.loaded(index)?.vm === vm);
  const vcpu = (cpu && hypervisor.loaded(cpu.index)) ?? vm.vcpus[0];
  const head = { cpu: vcpu.index, vm: vm.name, symbols, instructions };
  if (cpu === undefined) {
    return { ...head, state: savedView(vcpu), history: { branches: () => [], exceptions: () => [] } };
  }
  const state = loadedView(vcpu, (slot) => cpu.state.get(slot));
  // The hypervisor lives on stage-2 faults: one of them explains an end only if nobody served it.
  const walk = failingWalk(cpu, vm.end?.reason === 'unhandled' ? 2 : 1);
  return { ...head, state, history: cpu.history, walk };
}
