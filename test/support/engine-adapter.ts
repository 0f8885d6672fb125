/** el2's engine behind the interface of the recorded vectors. */

import { CATEGORIES, type TraceEvent } from '../../src/arch/trace.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { System } from '../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../src/cpu/models.ts';
import { EVENT, EXCLUSIVE_SIZE, PC, R, type Slot, SP, type SysregSlot, X } from '../../src/cpu/slots.ts';
import {
  CODE_START,
  memoryRegions,
  STOP,
  STOP_ESR,
  SYSTEM_REGISTERS,
  WINDOW,
  windowContents,
} from '../vectors/environment.ts';
import type { Engine } from '../vectors/run.ts';
import { type FinalState, type InitialState, initialState, setsFar } from '../vectors/state.ts';

const RAM_BASE = 0x4000_0000;
const RAM_BYTES = 32 << 20;
const LIMIT = 1000;

/** Slots in the order of `REGISTERS`. */
const SLOTS: readonly Slot[] = [...X, SP[0], SP[1], R.TPIDR_EL0, R.TPIDRRO_EL0, R.TPIDR_EL1];

type Exception = Extract<TraceEvent, { type: 'exception' }>;

/** One machine that is used for every vector. */
export function createEngine(
  mode: EngineMode = 'interp',
  cpuName = 'cortex-a57',
): Engine & { readonly system: System } {
  const system = new System({
    model: cpuModel(cpuName) as CpuModel,
    cpus: 1,
    engine: mode,
    firmware: { call: () => false, semihosting: () => false },
  });
  // The code of a test runs once: in a region, it has to be hot from the start.
  if (mode === 'jit') system.engine.code.heat = 1;
  system.bus.addRam(RAM_BASE, RAM_BYTES);
  const [cpu] = system.cpus;
  const { state } = cpu;
  let caught: Exception | undefined;
  system.trace.mask = CATEGORIES.int;
  system.trace.sink = (_, event) => {
    if (event.type !== 'exception' || caught !== undefined) return;
    caught = event;
    system.stop();
  };
  for (const { pa, bytes } of memoryRegions()) system.bus.writeBytes(pa, bytes);
  for (const [name, value] of Object.entries(SYSTEM_REGISTERS)) state.set(R[name as SysregSlot], value);
  let dirty = 0;

  function reset(initial: InitialState): void {
    SLOTS.forEach((slot, i) => {
      state.set(slot, initial.registers[i]);
    });
    state.pstate = initial.pstate;
    state.set(R.ELR_EL1, initial.elrEl1);
    state.set(R.SPSR_EL1, initial.spsrEl1);
    state.set32(EXCLUSIVE_SIZE, 0);
    state.set32(EVENT, 1);
    cpu.waiting = 'running';
    cpu.contextChanged();
    system.bus.writeBytes(WINDOW.from, windowContents());
  }

  function run(words: readonly number[], va: number): FinalState | undefined {
    const code = new Uint8Array(Math.max(words.length, dirty) * 4);
    const view = new DataView(code.buffer);
    for (let i = 0; i * 4 < code.length; i++) view.setUint32(i * 4, words[i] ?? STOP, true);
    dirty = words.length;
    system.bus.writeBytes(va, code);
    state.set(PC, BigInt(va));
    caught = undefined;
    // A slice of its own: none ends within a test, which would clear the monitor.
    system.engine.stopRequested = false;
    system.runCpu(cpu, LIMIT);
    return caught === undefined ? undefined : final(caught);
  }

  function final({ toEl, esr = 0 }: Exception): FinalState {
    const el = toEl as 1 | 2;
    return {
      registers: BigUint64Array.from(SLOTS, (slot) => state.get(slot)),
      pc: state.get(el === 1 ? R.ELR_EL1 : R.ELR_EL2),
      pstate: state.lo(el === 1 ? R.SPSR_EL1 : R.SPSR_EL2),
      exception:
        el === 1 && esr === STOP_ESR
          ? undefined
          : { el, esr, far: setsFar(esr) ? state.get(el === 1 ? R.FAR_EL1 : R.FAR_EL2) : 0n },
      memory: system.bus.readBytes(WINDOW.from, WINDOW.bytes) as Uint8Array,
    };
  }
  return { reset, run, system };
}

/** Whether a word at EL1 takes the Undefined Instruction exception, found by running it. */
export function undefinedChecker(): (word: number) => boolean {
  const engine = createEngine();
  let seed = 0;
  while ((initialState(seed).pstate & 0xf) !== 0b0101) seed++;
  const state = initialState(seed);
  return (word) => {
    engine.reset(state);
    const end = engine.run([word], CODE_START);
    return end?.exception !== undefined && end.exception.esr >>> 26 === 0 && end.pc === BigInt(CODE_START);
  };
}
