/** The registers of a vCPU as a post-mortem reads them. */

import { SP, X } from '../cpu/slots.ts';
import type { Vcpu } from '../hyp/vm.ts';
import type { Scene } from './guest.ts';

type View = Scene['state'];

const elOf = (pstate: number): number => (pstate >>> 2) & 3;
/** The SP that PSTATE selects. */
const spSlotOf = (pstate: number): View['spSlot'] => SP[(pstate & 1) === 0 ? 0 : elOf(pstate)];

/** Registers of a vCPU in a CPU, which may be at EL2: those of EL2 tell of its last exit. */
export function loadedView({ registers: { pc, pstate } }: Vcpu, get: View['get']): View {
  return { get, pc, pstate, el: elOf(pstate), spSlot: spSlotOf(pstate) };
}

const GENERAL = new Set([...X, SP[0], SP[1]]);

/** Registers of a vCPU that is in no CPU: PC, PSTATE and the general ones. */
export function savedView({ registers }: Vcpu): View {
  const { pc, pstate } = registers;
  const get: View['get'] = (slot) => (GENERAL.has(slot) ? registers.get(slot) : 0n);
  return { get, pc, pstate, el: elOf(pstate), spSlot: spSlotOf(pstate) };
}
