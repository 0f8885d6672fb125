/** A machine with floating point that runs one instruction on a state of the vectors. */

import type { EngineMode } from '../../../src/cpu/engine/engine.ts';
import { System } from '../../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { PC, Q, R, X } from '../../../src/cpu/slots.ts';
import { FPCR, FPSR, NZCV, REGISTERS, STATE_BYTES, V0, viewOf, WORD, X0 } from './state.ts';

const CODE = 0x4000_0000;
const BRANCH_TO_SELF = 0x1400_0000;
const FPEN = 3n << 20n;

/** Runs the word of a state on it; `run` changes the state. */
export class FloatMachine {
  private readonly system: System;
  private loaded = -1;

  constructor(mode: EngineMode) {
    this.system = new System({
      model: cpuModel('cortex-a57') as CpuModel,
      cpus: 1,
      engine: mode,
      firmware: { call: () => false, semihosting: () => false },
    });
    this.system.bus.addRam(CODE, 0x1000);
    const [{ state }] = this.system.cpus;
    state.set(R.CPACR_EL1, FPEN);
    state.set(R.CPTR_EL2, 0n);
  }

  /** The instruction and a branch to itself after it, so that a block that has become hot is one whole region. */
  run(block: Uint8Array): Uint8Array {
    const [cpu] = this.system.cpus;
    const { state, memory } = { state: cpu.state, memory: this.system.memory };
    const view = viewOf(block);
    this.load(view.getUint32(WORD, true));
    state.pstate = (view.getUint32(NZCV, true) | 0x3c5) >>> 0;
    state.set(R.FPCR, BigInt(view.getUint32(FPCR, true)));
    state.set(R.FPSR, BigInt(view.getUint32(FPSR, true)));
    for (let n = 0; n < REGISTERS; n++) {
      state.set(X[n], view.getBigUint64(X0 + 8 * n, true));
      memory.u8.set(block.subarray(V0 + 16 * n, V0 + 16 * (n + 1)), state.base + Q[n]);
    }
    state.set(PC, BigInt(CODE));
    cpu.contextChanged();
    this.system.engine.stopRequested = false;
    this.system.runCpu(cpu, 2);
    if (state.pc !== BigInt(CODE + 4))
      throw new Error(`word ${view.getUint32(WORD, true).toString(16)} took an exception`);
    const after = new Uint8Array(STATE_BYTES);
    const out = viewOf(after);
    out.setUint32(WORD, view.getUint32(WORD, true), true);
    out.setUint32(NZCV, (state.pstate & 0xf000_0000) >>> 0, true);
    out.setUint32(FPCR, state.lo(R.FPCR), true);
    out.setUint32(FPSR, state.lo(R.FPSR), true);
    for (let n = 0; n < REGISTERS; n++) {
      out.setBigUint64(X0 + 8 * n, state.get(X[n]), true);
      after.set(memory.u8.subarray(state.base + Q[n], state.base + Q[n] + 16), V0 + 16 * n);
    }
    return after;
  }

  private load(word: number): void {
    if (word === this.loaded) return;
    this.loaded = word;
    this.system.bus.writeBytes(CODE, new Uint8Array(Uint32Array.of(word, BRANCH_TO_SELF).buffer));
  }
}
