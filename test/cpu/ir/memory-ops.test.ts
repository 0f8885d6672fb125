/** The ops of memory: what the soft TLB answers, what leaves for the slow path, and with which access word. */

import { describe, expect, it } from 'vitest';
import {
  ACCESS_SIGNED,
  ACCESS_SIGNED32,
  ACCESS_UNPRIVILEGED,
  ACCESS_WRITE,
  ACCESS_ZERO_BLOCK,
} from '../../../src/cpu/ir/access.ts';
import { immOf } from '../../../src/cpu/ir/builder.ts';
import { OPS, type OpName } from '../../../src/cpu/ir/ops.ts';
import {
  ACCESS_DATA,
  ACCESS_VA,
  EXCLUSIVE_SIZE,
  EXCLUSIVE_VA,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
  X,
} from '../../../src/cpu/slots.ts';
import {
  SOFT_TLB_ADDEND,
  SOFT_TLB_ENTRIES,
  SOFT_TLB_ENTRY_SHIFT,
  SOFT_TLB_READ,
  SOFT_TLB_WRITE,
  softTlbMask,
} from '../../../src/cpu/soft-tlb.ts';
import { OpRunner } from './op-runner.ts';

const PAGE = 4096;
const [D, A, B, C] = X;
/** A page high in the VA space, so that both halves of the tag count. */
const VA = 0xffff_8000_1234_5000n;
const runner = new OpRunner();
const { memory, state } = runner;
const SOFT_TLB_BYTES = SOFT_TLB_ENTRIES << SOFT_TLB_ENTRY_SHIFT;
const [privileged, unprivileged] = [memory.alloc(SOFT_TLB_BYTES, 64), memory.alloc(SOFT_TLB_BYTES, 64)];
const frame = memory.alloc(PAGE, PAGE);
state.set32(SOFT_TLB, privileged);
state.set32(SOFT_TLB_UNPRIV, unprivileged);
for (const slot of [SOFT_TLB_MASK, SOFT_TLB_UNPRIV_MASK]) state.set32(slot, softTlbMask(SOFT_TLB_ENTRIES));

/** Makes the page of VA, and no other, readable or writable in one of the soft TLBs. */
function map(softTlb: number, readable: boolean, writable: boolean): void {
  memory.u8.fill(0xff, privileged, privileged + SOFT_TLB_BYTES);
  memory.u8.fill(0xff, unprivileged, unprivileged + SOFT_TLB_BYTES);
  const index = Number((VA >> 12n) & BigInt(SOFT_TLB_ENTRIES - 1));
  const view = new DataView(memory.memory.buffer);
  const at = softTlb + (index << SOFT_TLB_ENTRY_SHIFT);
  if (readable) view.setBigUint64(at + SOFT_TLB_READ, VA >> 12n, true);
  if (writable) view.setBigUint64(at + SOFT_TLB_WRITE, VA >> 12n, true);
  view.setUint32(at + SOFT_TLB_ADDEND, (frame - Number(VA & 0xffff_ffffn)) >>> 0, true);
}

interface Access {
  readonly name: OpName;
  readonly bytes: number;
  readonly write: boolean;
  readonly signed: '' | 's' | 's32';
  readonly unpriv: boolean;
  readonly conditional: boolean;
}

const ACCESSES = (Object.keys(OPS) as OpName[]).flatMap((name): Access[] => {
  const parts = /^(ld|st)(8|16|32|64)(s32|s)?(_unpriv|_if)?$/.exec(name);
  if (parts === null) return [];
  const [, kind, bits, signed = '', suffix] = parts;
  return [
    {
      name,
      bytes: Number(bits) / 8,
      write: kind === 'st',
      signed: signed as Access['signed'],
      unpriv: suffix === '_unpriv',
      conditional: suffix === '_if',
    },
  ];
});

const wordOf = ({ bytes, write, signed, unpriv }: Access): number =>
  bytes |
  (write ? ACCESS_WRITE : 0) |
  (signed === 's' ? ACCESS_SIGNED : 0) |
  (signed === 's32' ? ACCESS_SIGNED32 : 0) |
  (unpriv ? ACCESS_UNPRIVILEGED : 0);

const PATTERN = Uint8Array.from({ length: PAGE }, (_, i) => (i * 167 + 0x85) & 0xff);
const DATA = 0x8192_a3b4_c5d6_e7f8n;

/** The value of a load from `bytes` at an offset of the pattern, as X register. */
function loaded({ bytes, signed }: Access, offset: number): bigint {
  const raw = PATTERN.subarray(offset, offset + bytes).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (signed === '') return raw;
  const extended = BigInt.asIntN(bytes * 8, raw);
  return BigInt.asUintN(signed === 's' ? 64 : 32, extended);
}

/** Loads the op with its address in X1 and, where it has one, an offset. */
function load({ name }: Access, offset: number): void {
  const args = OPS[name].fields.map((field) => {
    if (field === 'd') return D;
    if (field === 'a') return A;
    if (field === 'b') return B;
    return field === 'c' ? C : immOf(0, offset);
  });
  runner.load(name, args);
}

/** The VA of X1 that makes the access be at an offset of the page. */
function address({ name }: Access, at: number, offset: number): void {
  state.set(A, VA + BigInt(at - ((OPS[name].fields as readonly string[]).includes('imm') ? offset : 0)));
  state.set(B, DATA);
  state.set(C, 1n);
  state.set(D, 0n);
  memory.u8.set(PATTERN, frame);
}

const OFFSET = 24;

describe.each(ACCESSES)('$name', (access) => {
  const { bytes, write } = access;
  const own = access.unpriv ? unprivileged : privileged;
  const other = access.unpriv ? privileged : unprivileged;
  const engines = [
    ['interpreter', () => void runner.interpreted()],
    ['region', () => void runner.region()],
  ] as const;

  it('reads or writes its bytes, and no others, when the page is known', () => {
    load(access, OFFSET);
    map(own, !write, write);
    for (const [, run] of engines) {
      for (const at of [64, 67, PAGE - bytes]) {
        address(access, at, OFFSET);
        run();
        expect(runner.calls).toEqual([]);
        const expected = PATTERN.slice();
        if (write) for (let i = 0; i < bytes; i++) expected[at + i] = Number((DATA >> BigInt(8 * i)) & 0xffn);
        else expect(state.get(D)).toBe(loaded(access, at));
        expect(Buffer.compare(memory.u8.subarray(frame, frame + PAGE), expected)).toBe(0);
      }
    }
  });

  it('leaves when the page is another, is known for another access, or ends within the access', () => {
    load(access, OFFSET);
    const slow = (at: number): void => {
      address(access, at, OFFSET);
      expect(runner.region().left).toBe(true);
      runner.loaded = 0x77n;
      runner.interpreted();
      expect(runner.calls).toEqual([`${write ? 'store' : 'load'}_slow 0x${wordOf(access).toString(16)}`]);
      expect(state.get(ACCESS_VA)).toBe(BigInt.asUintN(64, VA + BigInt(at)));
      if (write) expect(state.get(ACCESS_DATA)).toBe(DATA);
      else expect(state.get(D)).toBe(0x77n);
    };
    map(own, !write, write);
    slow(PAGE + 8);
    slow(-16);
    slow(PAGE * SOFT_TLB_ENTRIES + 8);
    if (bytes > 1) slow(PAGE - bytes + 1);
    map(own, write, !write);
    slow(64);
    map(other, true, true);
    slow(64);
  });
});

describe('conditional stores', () => {
  it.each(ACCESSES.filter(({ conditional }) => conditional))('$name does nothing when its condition is 0', (access) => {
    load(access, OFFSET);
    map(privileged, true, true);
    for (const run of [() => void runner.interpreted(), () => void runner.region()]) {
      address(access, 64, OFFSET);
      state.set(C, 0n);
      run();
      expect(Buffer.compare(memory.u8.subarray(frame, frame + PAGE), PATTERN)).toBe(0);
    }
  });
});

describe('zero_block', () => {
  const inside = PAGE - 64 + 13;

  it('zeroes the block around the address where the soft TLB lets writes through', () => {
    runner.load('zero_block', [A]);
    map(privileged, true, true);
    const expected = PATTERN.slice();
    expected.fill(0, PAGE - 64);
    for (const run of [() => void runner.interpreted(), () => void runner.region()]) {
      memory.u8.set(PATTERN, frame);
      state.set(A, VA + BigInt(inside));
      run();
      expect(runner.calls).toEqual([]);
      expect(Buffer.compare(memory.u8.subarray(frame, frame + PAGE), expected)).toBe(0);
    }
  });

  it('else stores a byte at the address, then the block from its start', () => {
    runner.load('zero_block', [A]);
    map(privileged, true, false);
    state.set(A, VA + BigInt(inside));
    expect(runner.region().left).toBe(true);
    runner.interpreted();
    const store = (bytes: number): string => `store_slow 0x${(bytes | ACCESS_WRITE | ACCESS_ZERO_BLOCK).toString(16)}`;
    expect(runner.calls).toEqual([store(1), ...Array<string>(8).fill(store(8))]);
    expect([state.get(ACCESS_VA), state.get(ACCESS_DATA)]).toEqual([VA + BigInt(PAGE - 8), 0n]);
  });
});

describe('alignment checks', () => {
  const checks = (Object.keys(OPS) as OpName[]).filter((name) => /^align_|^sp_aligned/.test(name));
  it.each(checks)('%s', (name) => {
    const multiple = name === 'sp_aligned' || name.startsWith('align_pair16') ? 16 : Number(/\d+$/.exec(name)?.[0]);
    const hasOffset = (OPS[name].fields as readonly string[]).includes('imm');
    runner.load(name, hasOffset ? [A, immOf(0, 1)] : [A]);
    for (let at = 0; at < 32; at++) {
      state.set(A, VA + BigInt(at));
      const aligned = (at + (hasOffset ? 1 : 0)) % multiple === 0;
      expect(runner.region().left).toBe(!aligned);
      runner.interpreted();
      const word = Math.min(multiple, 8) | (name.includes('write') ? ACCESS_WRITE : 0);
      const call = name === 'sp_aligned' ? 'stack_fault' : `alignment_fault 0x${word.toString(16)}`;
      expect(runner.calls).toEqual(aligned ? [] : [call]);
    }
  });

  it('zva_alignment_fault always faults', () => {
    runner.load('zva_alignment_fault', [A]);
    expect(runner.region().left).toBe(true);
    runner.interpreted();
    expect(runner.calls).toEqual([`alignment_fault 0x${(1 | ACCESS_WRITE | ACCESS_ZERO_BLOCK).toString(16)}`]);
  });
});

describe('exclusive monitor', () => {
  it('passes for the same bytes at the same VA, until it is cleared', () => {
    for (const run of [() => void runner.interpreted(), () => void runner.region()]) {
      const set = (va: bigint, size: number): void => {
        state.set(A, va);
        runner.load('monitor_set', [A, immOf(0, size)]);
        run();
      };
      const passes = (va: bigint, size: number): bigint => {
        state.set(A, va);
        runner.load('monitor_pass', [D, A, immOf(0, size)]);
        run();
        return state.get(D);
      };
      set(VA, 8);
      expect([state.get(EXCLUSIVE_VA), state.lo(EXCLUSIVE_SIZE)]).toEqual([VA, 8]);
      expect([passes(VA, 8), passes(VA + 8n, 8), passes(VA, 4), passes(VA ^ (1n << 40n), 8)]).toEqual([1n, 0n, 0n, 0n]);
      runner.load('monitor_clear', []);
      run();
      expect(passes(VA, 8)).toBe(0n);
    }
  });
});

it('callout_if_unmapped calls out unless the page may be read', () => {
  runner.load('callout_if_unmapped', [A, immOf(0, 0)]);
  state.set(A, VA + 4095n);
  for (const readable of [true, false]) {
    map(privileged, readable, true);
    expect(runner.region().left).toBe(!readable);
    runner.interpreted();
    expect(runner.calls).toEqual(readable ? [] : ['callout']);
  }
});
