/** MRS and MSR (register): lookup, access checks, traps, storage and effects of system registers. */

import { hex, vaOf } from '../../arch/addresses.ts';
import {
  type EffectName,
  HIGHEST,
  keyOfWord,
  type LowestEl,
  NEVER,
  type Sysreg,
  storedBits,
} from '../../arch/sysregs/row.ts';
import { meantByHost, SYSREGS, sysregName } from '../../arch/sysregs/table.ts';
import { CATEGORIES } from '../../arch/trace.ts';
import { type Core, LEAVE, NEXT, type Outcome } from '../core.ts';
import { LOWER_CONTEXTS_STALE, R, type Slot, SYSREG_SLOTS, type SysregSlot, ZERO } from '../slots.ts';
import { leaveAfter } from './commit.ts';
import { undefinedInstruction } from './exceptions.ts';
import { e2hSet, isInHost } from './routing.ts';
import { TIDCP, TRAPS, type Trap, trapped } from './traps.ts';
import type { View } from './view.ts';
import { VIEWS } from './views.ts';

/** A row with its names resolved. */
interface Register {
  readonly row: Sysreg;
  /** Register that the name means in the EL2&0 regime; undefined where it means itself. */
  hostMeans: Register | undefined;
  /** Slot of a register that is plain storage; of views, unused. */
  readonly slot: Slot;
  readonly view: View | undefined;
  readonly traps: readonly Trap[];
  readonly effect: Effect | undefined;
}

/** Completes a write; PC is still that of the MSR. */
type Effect = (core: Core) => Outcome;

const EFFECTS: Readonly<Record<EffectName, Effect>> = {
  context(core) {
    core.contextChanged();
    return leaveAfter(core);
  },
  lowerContext(core) {
    if (core.state.el < 2) return EFFECTS.context(core);
    core.state.set32(LOWER_CONTEXTS_STALE, 1);
    return NEXT;
  },
  level(core) {
    core.levelChanged();
    return leaveAfter(core);
  },
  masking(core) {
    core.maskingChanged();
    return leaveAfter(core);
  },
  debug(core) {
    return core.debugChanged() ? leaveAfter(core) : NEXT;
  },
  pmu(core) {
    core.pmu.update();
    return leaveAfter(core);
  },
  gic(core) {
    core.leaveIfLinesChanged();
    return NEXT;
  },
  timer(core) {
    core.timersChanged();
    return NEXT;
  },
};

const isSlotName = (name: string): name is SysregSlot => (SYSREG_SLOTS as readonly string[]).includes(name);

/** Resolves the names of a row. Throws when it has neither a view nor a slot, or is writable without a way to write. */
export function bind(row: Sysreg): Register {
  const view = row.view === undefined ? undefined : VIEWS[row.view];
  const name = row.aliasOf ?? row.name;
  if (view === undefined && !isSlotName(name)) throw new Error(`${row.name} has no slot and no view`);
  if (view !== undefined && row.write !== NEVER && view.write === undefined) {
    throw new Error(`${row.name} is writable, but its view is not`);
  }
  return {
    row,
    hostMeans: undefined,
    slot: isSlotName(name) ? R[name] : ZERO,
    view,
    traps: row.traps.map((name) => TRAPS[name]),
    effect: row.effect === undefined ? undefined : EFFECTS[row.effect],
  };
}

/** Bound registers, and by key the index of one plus 1. */
const REGISTERS: Register[] = [...SYSREGS.values()].map(bind);
const INDEX = new Uint16Array(0x1_0000);
for (const [index, register] of REGISTERS.entries()) {
  INDEX[register.row.key] = index + 1;
  const meant = meantByHost(register.row);
  if (meant !== register.row) register.hostMeans = REGISTERS.find(({ row }) => row === meant);
}

/** The register of a key; undefined when the CPU has none. */
function lookup({ model }: Core, key: number): Register | undefined {
  const register = REGISTERS[INDEX[key] - 1];
  const feature = register?.row.feature;
  return feature === undefined || model.features[feature] ? register : undefined;
}

/** The register that a name means here: with FEAT_VHE the host's, once the access by that name has been allowed. */
const meant = ({ state }: Core, register: Register): Register =>
  register.hostMeans !== undefined && isInHost(state, state.el) ? register.hostMeans : register;

/** Whether the current EL has an access whose lowest EL is given. */
function permitted(core: Core, register: Register, lowest: LowestEl): boolean {
  const { hasEl2 } = core.model;
  if (register.row.absentWithEl2 && hasEl2) return false;
  if (register.row.aliasOf !== undefined && !e2hSet(core.state)) return false;
  const highest = hasEl2 ? 2 : 1;
  return (
    core.state.el >= (lowest === HIGHEST ? highest : lowest) && register.view?.undefined?.(core, register.row) !== true
  );
}

/** CRn of encodings that are reserved for IMPLEMENTATION DEFINED registers and instructions: 11 and 15. */
const IMPLEMENTATION_DEFINED_TRAPS = [TIDCP];
const isImplementationDefined = (key: number): boolean => ((key >>> 7) & 0b1011) === 0b1011 && key >>> 14 !== 2;

/** An encoding that is not implemented: HCR_EL2.TIDCP where it applies, else UNDEFINED. */
export function unallocated(core: Core, word: number): Outcome {
  const key = keyOfWord(word);
  if (isImplementationDefined(key) && trapped(core, IMPLEMENTATION_DEFINED_TRAPS, false, word)) return LEAVE;
  if (core.trace.on(CATEGORIES.unimp)) {
    const { el, pc } = core.state;
    const text = `${sysregName(key)} is not implemented; used at EL${el}, PC ${hex(pc)}`;
    core.trace.sink(core.index, { category: 'unimp', type: 'message', text });
  }
  undefinedInstruction(core);
  return LEAVE;
}

/** An access that the register does not have at this EL. */
function refused(core: Core, register: Register, how: 'read' | 'write'): Outcome {
  if (core.trace.on(CATEGORIES.guest_errors)) {
    const { el, pc } = core.state;
    const text = `no ${how} access to ${register.row.name} at EL${el}, PC ${hex(pc)}`;
    core.trace.sink(core.index, { category: 'guest_errors', type: 'message', text });
  }
  undefinedInstruction(core);
  return LEAVE;
}

function traceAccess(core: Core, type: 'read' | 'write', register: Register, hi: number, lo: number): void {
  const { el, pc } = core.state;
  core.trace.sink(core.index, { category: 'sysreg', type, name: register.row.name, value: vaOf(hi, lo), el, pc });
}

/** MRS: reads the register that `word` names into slot `rt`. */
export function mrs(core: Core, word: number, rt: Slot): Outcome {
  const named = lookup(core, keyOfWord(word));
  if (named === undefined) return unallocated(core, word);
  if (!permitted(core, named, named.row.read)) return refused(core, named, 'read');
  if (trapped(core, named.traps, false, word)) return LEAVE;
  const register = meant(core, named);
  const { state } = core;
  if (register.view === undefined) state.copy(rt, register.slot);
  else register.view.read(core, rt, register.row);
  if (core.trace.on(CATEGORIES.sysreg)) traceAccess(core, 'read', register, state.hi(rt), state.lo(rt));
  return NEXT;
}

/** MSR (register): writes slot `rt` to the register that `word` names, with its RES0 and RES1 bits, and its effect. */
export function msr(core: Core, word: number, rt: Slot): Outcome {
  const named = lookup(core, keyOfWord(word));
  if (named === undefined) return unallocated(core, word);
  if (!permitted(core, named, named.row.write)) return refused(core, named, 'write');
  if (trapped(core, named.traps, true, word)) return LEAVE;
  const register = meant(core, named);
  const { row, view } = register;
  const { state } = core;
  const hi = state.hi(rt);
  const lo = state.lo(rt);
  if (core.trace.on(CATEGORIES.sysreg)) traceAccess(core, 'write', register, hi, lo);
  const maskHi = storedBits(row, 'hi', core.model.features);
  const maskLo = storedBits(row, 'lo', core.model.features);
  const storedHi = (hi & maskHi) | (row.res1.hi & ~maskHi);
  const storedLo = (lo & maskLo) | (row.res1.lo & ~maskLo);
  if (view === undefined) state.set64(register.slot, storedHi, storedLo);
  else view.write?.(core, storedHi, storedLo, row);
  return register.effect === undefined ? NEXT : register.effect(core);
}
