/** Op records read back from linear memory. */

import type { HostMemory } from '../../arch/host-memory.ts';
import type { Slot } from '../slots.ts';
import { OP_CODES, type OpCode } from './ops.ts';
import { RECORD_A, RECORD_B, RECORD_BYTES, RECORD_C, RECORD_D, RECORD_IMM, RECORD_IMM_HIGH } from './records.ts';

/** One record; operands are slots, whatever the op makes of them. */
export interface OpRecord {
  /** Its address. */
  readonly at: number;
  readonly op: OpCode;
  readonly d: Slot;
  readonly a: Slot;
  readonly b: Slot;
  readonly c: Slot;
  /** The immediate. */
  readonly hi: number;
  readonly lo: number;
}

function readRecord(memory: HostMemory, at: number): OpRecord {
  const { u16, u32 } = memory;
  const slot = (field: number) => u16[(at + field) >>> 1] as Slot;
  return {
    at,
    op: OP_CODES[u16[at >>> 1]],
    d: slot(RECORD_D),
    a: slot(RECORD_A),
    b: slot(RECORD_B),
    c: slot(RECORD_C),
    lo: u32[(at + RECORD_IMM) >>> 2],
    hi: u32[(at + RECORD_IMM_HIGH) >>> 2],
  };
}

/** The records in [start, end). */
export function readRecords(memory: HostMemory, start: number, end: number): OpRecord[] {
  const records: OpRecord[] = [];
  for (let at = start; at < end; at += RECORD_BYTES) records.push(readRecord(memory, at));
  return records;
}
