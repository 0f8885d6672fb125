/** A Cortex-A57 that runs single instructions of Advanced SIMD at EL0, with regions if its engine has them. */

import { CATEGORIES } from '../../src/arch/trace.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { System } from '../../src/cpu/engine/system.ts';
import { type CpuModel, cpuModel } from '../../src/cpu/models.ts';
import { PC, Q, R, SP, X } from '../../src/cpu/slots.ts';
import { type Case, CODE, moved, type Outcome, WINDOW, WINDOW_BYTES, windowByte } from '../cpu/simd/case.ts';

const RAM_BASE = 0x4000_0000;
const RAM_BYTES = 64 << 20;
const TABLE = 0x4100_0000;
const BRK = 0xd420_0000;
const EC_UNKNOWN = 0;
const EC_BRK = 0x3c;

/** One GiB from RAM_BASE on: a block of Normal memory that EL0 may read, write and execute. */
const BLOCK = 0x4000_0000n | (1n << 10n) | (3n << 8n) | (1n << 6n) | 1n;
const SYSTEM_REGISTERS = {
  HCR_EL2: 1n << 31n,
  CPTR_EL2: 0x33ffn,
  // M, C, I and RES1 bits.
  SCTLR_EL1: 0x30d0_1805n,
  // T0SZ = 25, 4K granule, EPD1, 40-bit IPS.
  TCR_EL1: 25n | (1n << 8n) | (1n << 10n) | (3n << 12n) | (1n << 23n) | (2n << 32n),
  TTBR0_EL1: BigInt(TABLE),
  MAIR_EL1: 0xffn,
  CPACR_EL1: 3n << 20n,
} as const;

/** Cases that become regions together: a module of the host has a fixed cost. Each has a line of code memory. */
const BATCH = 16;
const LINE = 64;
/** Runs that make code hot, in the last of which it waits for the others; with less it would not wait. */
const WARMING = 4;

export interface SimdMachine {
  readonly system: System;
  /** What each case leaves when it runs alone. */
  run(tests: readonly Case[]): Outcome[];
}

export function createSimdMachine(mode: EngineMode): SimdMachine {
  const firmware = { call: () => false, semihosting: () => false };
  const system = new System({ model: cpuModel('cortex-a57') as CpuModel, cpus: 1, engine: mode, firmware });
  if (mode === 'jit') system.engine.code.heat = WARMING;
  system.bus.addRam(RAM_BASE, RAM_BYTES);
  const [cpu] = system.cpus;
  const { state } = cpu;
  const { memory } = state;
  const descriptor = new Uint8Array(8);
  new DataView(descriptor.buffer).setBigUint64(0, BLOCK, true);
  system.bus.writeBytes(TABLE + 8, descriptor);
  for (const [name, value] of Object.entries(SYSTEM_REGISTERS))
    state.set(R[name as keyof typeof SYSTEM_REGISTERS], value);
  let esr = 0;
  system.trace.mask = CATEGORIES.int;
  system.trace.sink = (_, event) => {
    if (event.type !== 'exception') return;
    esr = event.esr ?? 0;
    system.stop();
  };
  const pristine = Uint8Array.from({ length: WINDOW_BYTES }, (_, i) => windowByte(i));
  const code = new Uint8Array(BATCH * LINE);
  const view = new DataView(code.buffer);

  function run(tests: readonly Case[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let first = 0; first < tests.length; first += BATCH) {
      const batch = tests.slice(first, first + BATCH);
      for (const [n, { word }] of batch.entries()) {
        view.setUint32(n * LINE, moved(word, n * LINE), true);
        view.setUint32(n * LINE + 4, BRK, true);
      }
      system.bus.writeBytes(CODE, code);
      if (mode !== 'interp') for (let i = 0; i < WARMING; i++) batch.forEach(runOnce);
      outcomes.push(...batch.map(runOnce));
    }
    return outcomes;
  }

  function runOnce({ before }: Case, n: number): Outcome {
    before.x.forEach((value, n) => {
      state.set(X[n], value);
    });
    state.set(SP[0], before.sp);
    for (const [n, slot] of Q.entries()) memory.u8.set(before.v.subarray(n * 16, n * 16 + 16), state.base + slot);
    state.set(R.FPSR, BigInt(before.fpsr));
    state.set(R.FPCR, 0n);
    state.pstate = before.nzcv;
    state.set(PC, BigInt(CODE + n * LINE));
    system.bus.writeBytes(WINDOW, pristine);
    cpu.contextChanged();
    cpu.waiting = 'running';
    system.engine.stopRequested = false;
    system.runCpu(cpu, 100);
    const ec = esr >>> 26;
    const v = new Uint8Array(512);
    for (const [n, slot] of Q.entries()) v.set(memory.u8.subarray(state.base + slot, state.base + slot + 16), n * 16);
    return {
      end: ec === EC_BRK ? 'done' : ec === EC_UNKNOWN ? 'undefined' : 'fault',
      after: {
        x: BigUint64Array.from(X, (slot) => state.get(slot)),
        sp: state.get(SP[0]),
        v,
        fpsr: state.lo(R.FPSR),
        nzcv: (state.lo(R.SPSR_EL1) & 0xf000_0000) >>> 0,
      },
      window: system.bus.readBytes(WINDOW, WINDOW_BYTES) as Uint8Array,
    };
  }
  return { system, run };
}
