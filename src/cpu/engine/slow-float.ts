/** Does floating-point ops exactly, lane by lane, where their fast path in wasm does not hold (law 12). */

import type { HostMemory } from '../../arch/host-memory.ts';
import { F16, F32, F64, type Format } from '../fp/format.ts';
import { FpUnit } from '../fp/unit.ts';
import {
  FLOAT_FUNCTIONS,
  fbitsOf,
  fromSize,
  functionOf,
  H,
  type LaneSize,
  laneCount,
  S,
  toSize,
} from '../ir/ops-float-word.ts';
import { RECORD_A, RECORD_B, RECORD_C, RECORD_IMM_HIGH } from '../ir/records.ts';
import { FP_RESULT, R } from '../slots.ts';
import { LANE_FUNCTIONS } from './slow-float-functions.ts';

const FUNCTIONS = FLOAT_FUNCTIONS.map((name) => LANE_FUNCTIONS[name]);
/** By `LaneSize`. */
const FORMATS: readonly Format[] = [F16, F32, F64];
const VECTOR_BYTES = 16;

/** Serves `slow_float` for the CPUs of one machine. */
export class SlowFloat {
  private readonly fp = new FpUnit();

  constructor(private readonly memory: HostMemory) {}

  /**
   * Computes the op of a record on the CPU struct at `base`: FP_RESULT becomes its result, zeros above its lanes.
   * Returns the flags that FPSR gets.
   */
  run(base: number, where: number): number {
    const { fp, memory } = this;
    const { u16, u32 } = memory;
    const word = u32[(where + RECORD_IMM_HIGH) >>> 2];
    const a = base + u16[(where + RECORD_A) >>> 1];
    const b = base + u16[(where + RECORD_B) >>> 1];
    const c = base + u16[(where + RECORD_C) >>> 1];
    const from = fromSize(word);
    const to = toSize(word);
    const lanes = laneCount(word);
    const run = FUNCTIONS[functionOf(word)];
    const result = base + FP_RESULT;
    u32.fill(0, result >>> 2, (result + VECTOR_BYTES) >>> 2);
    fp.fpcr = u32[(base + R.FPCR) >>> 2];
    fp.fpsr = 0;
    for (let lane = 0; lane < lanes; lane++) {
      // biome-ignore format: one line an operand
      run(fp, FORMATS[to],
        this.high(from, a, lane), this.low(from, a, lane),
        this.high(from, b, lane), this.low(from, b, lane),
        this.high(from, c, lane), this.low(from, c, lane),
        FORMATS[from], fbitsOf(word));
      this.write(to, result, lane);
    }
    return fp.fpsr;
  }

  private high(size: LaneSize, vector: number, lane: number): number {
    return size <= S ? 0 : this.memory.u32[(vector >>> 2) + 2 * lane + 1];
  }

  private low(size: LaneSize, vector: number, lane: number): number {
    if (size === H) return this.memory.u16[(vector >>> 1) + lane];
    return this.memory.u32[(vector >>> 2) + (size === S ? lane : 2 * lane)];
  }

  private write(size: LaneSize, vector: number, lane: number): void {
    const { fp, memory } = this;
    if (size === H) memory.u16[(vector >>> 1) + lane] = fp.lo;
    else if (size === S) memory.u32[(vector >>> 2) + lane] = fp.lo;
    else {
      memory.u32[(vector >>> 2) + 2 * lane] = fp.lo;
      memory.u32[(vector >>> 2) + 2 * lane + 1] = fp.hi;
    }
  }
}
