/** Where a VM stands, as a post-mortem reads it. */

import { SP, X } from '../cpu/slots.ts';
import type { SymbolTable } from '../debug/symbols.ts';
import { failingWalk } from '../debug/translate.ts';
import type { Vcpu, Vm } from '../hyp/vm.ts';
import type { VmHost } from '../machine/vm-host.ts';
import type { Scene } from './guest.ts';

type View = Scene['state'];

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

const elOf = (pstate: number): number => (pstate >>> 2) & 3;
/** The SP that PSTATE selects. */
const spSlotOf = (pstate: number): View['spSlot'] => SP[(pstate & 1) === 0 ? 0 : elOf(pstate)];

/** Registers of a vCPU in a CPU, which may be at EL2: those of EL2 tell of its last exit. */
function loadedView({ registers: { pc, pstate } }: Vcpu, get: View['get']): View {
  return { get, pc, pstate, el: elOf(pstate), spSlot: spSlotOf(pstate) };
}

const GENERAL = new Set([...X, SP[0], SP[1]]);

/** Registers of a vCPU that is in no CPU: PC, PSTATE and the general ones. */
function savedView({ registers }: Vcpu): View {
  const { pc, pstate } = registers;
  const get: View['get'] = (slot) => (GENERAL.has(slot) ? registers.get(slot) : 0n);
  return { get, pc, pstate, el: elOf(pstate), spSlot: spSlotOf(pstate) };
}
