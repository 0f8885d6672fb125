/** IR ops of memory: each tries the soft TLB inline and leaves by its slow path on a miss. */

import {
  EXCLUSIVE_SIZE,
  EXCLUSIVE_VA,
  SOFT_TLB,
  SOFT_TLB_MASK,
  SOFT_TLB_UNPRIV,
  SOFT_TLB_UNPRIV_MASK,
} from '../slots.ts';
import { SOFT_TLB_ADDEND, SOFT_TLB_ENTRY_SHIFT, SOFT_TLB_READ, SOFT_TLB_WRITE } from '../soft-tlb.ts';
import {
  ACCESS_SIGNED,
  ACCESS_SIGNED32,
  ACCESS_UNPRIVILEGED,
  ACCESS_WRITE,
  ACCESS_ZERO_BLOCK,
  type AccessSize,
} from './access.ts';
import { A, assign, B, B128, C3, type Code, get, IMM, i32c, i64c, L32, L64, set, tee, use, when } from './code.ts';
import { i32, i64, not, w, zext } from './expr.ts';
import { i64x2, v128 } from './expr-vector.ts';
import { type CalloutRow, effect, load, unary, value } from './row.ts';

const [VA] = L64;
const [ENTRY] = L32;

/**
 * True (i32) when the soft TLB holds the page of the VA in `address`, for reads or writes: one compare of the page of
 * the last byte against the tag, so an access that crosses into another page misses.
 */
function hit(address: Code, size: AccessSize | 16, access: number): Code {
  const unprivileged = (access & ACCESS_UNPRIVILEGED) !== 0;
  const base = get(unprivileged ? SOFT_TLB_UNPRIV : SOFT_TLB);
  const mask = get(unprivileged ? SOFT_TLB_UNPRIV_MASK : SOFT_TLB_MASK);
  const offset = i32.and(w(i64.shr_u(tee(VA, address), i64c(12 - SOFT_TLB_ENTRY_SHIFT))), mask);
  const entry = tee(ENTRY, i32.add(base, offset));
  const last: Code = size === 1 ? use(VA) : i64.add(use(VA), i64c(size - 1));
  const tag = access & ACCESS_WRITE ? SOFT_TLB_WRITE : SOFT_TLB_READ;
  return i64.eq(i64.load(entry, tag), i64.shr_u(last, i64c(12)));
}
const host: Code = i32.add(i32.load(use(ENTRY), SOFT_TLB_ADDEND), w(use(VA)));

const NARROW = { 1: i64.load8_u, 2: i64.load16_u, 4: i64.load32_u, 8: i64.load };
const SIGNED = { 1: i64.load8_s, 2: i64.load16_s, 4: i64.load32_s, 8: i64.load };
const STORES = { 1: i64.store8, 2: i64.store16, 4: i64.store32, 8: i64.store };

function loadBody(size: AccessSize, access: number): Code {
  const word = size | access;
  const signed = (access & (ACCESS_SIGNED | ACCESS_SIGNED32)) !== 0;
  const raw = (signed ? SIGNED : NARROW)[size](host);
  const fast = access & ACCESS_SIGNED32 ? zext(w(raw)) : raw;
  return when(hit(i64.add(A, IMM), size, word), fast, { kind: 'slowLoad', access: word, va: use(VA) }, 'i64');
}

function storeCode(address: Code, size: AccessSize, access: number): Code {
  const word = size | access | ACCESS_WRITE;
  return when(hit(address, size, word), STORES[size](host, B), {
    kind: 'slowStore',
    access: word,
    va: use(VA),
    value: B,
  });
}

/** Two accesses of 64 bits, which is what the manual makes of one of 128. */
const slowLoad128: Code = i64x2.replace(i64x2.splat({ kind: 'slowLoad', access: 8, va: use(VA) }), 1, {
  kind: 'slowLoad',
  access: 8,
  va: i64.add(use(VA), i64c(8)),
});
const slowStore128: Code = [0, 1].map((half) => ({
  kind: 'slowStore',
  access: 8 | ACCESS_WRITE,
  va: half === 0 ? use(VA) : i64.add(use(VA), i64c(8)),
  value: i64x2.extract(B128, half),
}));

/** Where the first half of a pair is in linear memory, for the second one, which follows it in the same instruction. */
const PAIR = L32[1];
/** Rows of regions for `ld64` and `st64` of 16 bytes in halves: the first looks for the page of all. */
export const PAIRED_LOAD = {
  first: load(
    'd = doubleword at VA a + imm, before another',
    when(hit(i64.add(A, IMM), 16, 0), i64.load(tee(PAIR, host)), { kind: 'slowLoad', access: 8, va: use(VA) }, 'i64'),
  ),
  second: load('d = the doubleword behind that of the op before', i64.load(use(PAIR), 8)),
};
export const PAIRED_STORE = {
  first: effect(
    'memory at VA a + imm = b, before another doubleword',
    ['a', 'b', 'imm'],
    when(hit(i64.add(A, IMM), 16, ACCESS_WRITE), i64.store(tee(PAIR, host), B), {
      kind: 'slowStore',
      access: 8 | ACCESS_WRITE,
      va: use(VA),
      value: B,
    }),
    true,
  ),
  second: effect(
    'memory behind the doubleword of the op before = b',
    ['a', 'b', 'imm'],
    i64.store(use(PAIR), B, 8),
    true,
  ),
};

/** AArch64.MemZero. The first access is at the address as given: faults report that, not the start of the block. */
const ZVA_BYTES = 64;
const BLOCK = L64[1];
const HOST_BLOCK = L32[1];
const eachWord = Array.from({ length: ZVA_BYTES / 8 }, (_, i) => i * 8);
const ZERO_BLOCK: Code = [
  when(not(hit(A, 1, ACCESS_WRITE)), {
    kind: 'slowStore',
    access: 1 | ACCESS_WRITE | ACCESS_ZERO_BLOCK,
    va: use(VA),
    value: i64c(0),
  }),
  // The first access may have brought the page into the soft TLB.
  when(
    hit(i64.and(A, i64c(-ZVA_BYTES)), 1, ACCESS_WRITE),
    [assign(HOST_BLOCK, host), eachWord.map((offset) => i64.store(use(HOST_BLOCK), i64c(0), offset))],
    [
      assign(BLOCK, use(VA)),
      eachWord.map((offset) => ({
        kind: 'slowStore',
        access: 8 | ACCESS_WRITE | ACCESS_ZERO_BLOCK,
        va: i64.add(use(BLOCK), i64c(offset)),
        value: i64c(0),
      })),
    ],
  ),
];

const loadRow = (size: AccessSize, access: number, what: string) =>
  load(`d = ${what} at VA a + imm${access & ACCESS_UNPRIVILEGED ? ', as EL0' : ''}`, loadBody(size, access));
const storeRow = (size: AccessSize, access: number) =>
  effect(
    `memory at VA a + imm = low ${size} bytes of b${access & ACCESS_UNPRIVILEGED ? ', as EL0' : ''}`,
    ['a', 'b', 'imm'],
    storeCode(i64.add(A, IMM), size, access),
    true,
  );
const storeIfRow = (size: AccessSize) =>
  effect(
    `if c: memory at VA a = low ${size} bytes of b`,
    ['a', 'b', 'c'],
    when(not(i64.eqz(C3)), storeCode(A, size, 0)),
    true,
  );
/** Exclusives, acquire and release, and all accesses under SCTLR_ELx.A fault when unaligned (DDI 0487, "Alignment support"). */
const alignRow = (size: AccessSize | 16, access: number) =>
  effect(
    `alignment fault unless a + imm is a multiple of ${size}; a ${access ? 'write' : 'read'}`,
    ['a', 'imm'],
    when(not(i64.eqz(i64.and(tee(VA, i64.add(A, IMM)), i64c(size - 1)))), {
      kind: 'alignmentFault',
      access: Math.min(size, 8) | access,
      va: use(VA),
    }),
    true,
  );

export const MEMORY_OPS = {
  ld8: loadRow(1, 0, 'byte'),
  ld16: loadRow(2, 0, 'halfword'),
  ld32: loadRow(4, 0, 'word'),
  ld64: loadRow(8, 0, 'doubleword'),
  ld8s: loadRow(1, ACCESS_SIGNED, 'byte, sign-extended to 64 bits,'),
  ld16s: loadRow(2, ACCESS_SIGNED, 'halfword, sign-extended to 64 bits,'),
  ld32s: loadRow(4, ACCESS_SIGNED, 'word, sign-extended to 64 bits,'),
  ld8s32: loadRow(1, ACCESS_SIGNED32, 'byte, sign-extended to 32 bits,'),
  ld16s32: loadRow(2, ACCESS_SIGNED32, 'halfword, sign-extended to 32 bits,'),
  ld8_unpriv: loadRow(1, ACCESS_UNPRIVILEGED, 'byte'),
  ld16_unpriv: loadRow(2, ACCESS_UNPRIVILEGED, 'halfword'),
  ld32_unpriv: loadRow(4, ACCESS_UNPRIVILEGED, 'word'),
  ld64_unpriv: loadRow(8, ACCESS_UNPRIVILEGED, 'doubleword'),
  ld8s_unpriv: loadRow(1, ACCESS_SIGNED | ACCESS_UNPRIVILEGED, 'byte, sign-extended to 64 bits,'),
  ld16s_unpriv: loadRow(2, ACCESS_SIGNED | ACCESS_UNPRIVILEGED, 'halfword, sign-extended to 64 bits,'),
  ld32s_unpriv: loadRow(4, ACCESS_SIGNED | ACCESS_UNPRIVILEGED, 'word, sign-extended to 64 bits,'),
  ld8s32_unpriv: loadRow(1, ACCESS_SIGNED32 | ACCESS_UNPRIVILEGED, 'byte, sign-extended to 32 bits,'),
  ld16s32_unpriv: loadRow(2, ACCESS_SIGNED32 | ACCESS_UNPRIVILEGED, 'halfword, sign-extended to 32 bits,'),
  st8: storeRow(1, 0),
  st16: storeRow(2, 0),
  st32: storeRow(4, 0),
  st64: storeRow(8, 0),
  st8_unpriv: storeRow(1, ACCESS_UNPRIVILEGED),
  st16_unpriv: storeRow(2, ACCESS_UNPRIVILEGED),
  st32_unpriv: storeRow(4, ACCESS_UNPRIVILEGED),
  st64_unpriv: storeRow(8, ACCESS_UNPRIVILEGED),
  ld128: value(['vd', 'a', 'imm'], true)(
    'vd = 16 bytes at VA a + imm',
    when(hit(i64.add(A, IMM), 16, 0), v128.load(host), slowLoad128, 'v128'),
  ),
  st128: effect(
    '16 bytes of memory at VA a + imm = vb',
    ['a', 'vb', 'imm'],
    when(hit(i64.add(A, IMM), 16, ACCESS_WRITE), v128.store(host, B128), slowStore128),
    true,
  ),
  zero_block: effect('the 64 bytes of memory around VA a = 0, as DC ZVA', ['a'], ZERO_BLOCK, true),
  st8_if: storeIfRow(1),
  st16_if: storeIfRow(2),
  st32_if: storeIfRow(4),
  st64_if: storeIfRow(8),
  align_read2: alignRow(2, 0),
  align_read4: alignRow(4, 0),
  align_read8: alignRow(8, 0),
  align_write2: alignRow(2, ACCESS_WRITE),
  align_write4: alignRow(4, ACCESS_WRITE),
  align_write8: alignRow(8, ACCESS_WRITE),
  align_read16: alignRow(16, 0),
  align_write16: alignRow(16, ACCESS_WRITE),
  zva_alignment_fault: effect(
    'alignment fault at VA a: DC ZVA on Device memory',
    ['a'],
    { kind: 'alignmentFault', access: 1 | ACCESS_WRITE | ACCESS_ZERO_BLOCK, va: A },
    true,
  ),
  align_pair16: effect(
    'alignment fault unless a is a multiple of 16, read of a 64-bit pair',
    ['a'],
    when(not(i64.eqz(i64.and(tee(VA, A), i64c(15)))), { kind: 'alignmentFault', access: 8, va: use(VA) }),
    true,
  ),
  align_pair16_write: effect(
    'alignment fault unless a is a multiple of 16, write of a 64-bit pair',
    ['a'],
    when(not(i64.eqz(i64.and(tee(VA, A), i64c(15)))), {
      kind: 'alignmentFault',
      access: 8 | ACCESS_WRITE,
      va: use(VA),
    }),
    true,
  ),
  sp_aligned: effect(
    'stack pointer alignment fault unless a is a multiple of 16',
    ['a'],
    when(not(i64.eqz(i64.and(A, i64c(15)))), { kind: 'stackFault' }),
    true,
  ),
  callout_if_unmapped: {
    kind: 'callout',
    doc: 'callout unless VA a may be read',
    fields: ['a', 'imm'],
    cond: not(hit(A, 1, 0)),
  } as const satisfies CalloutRow,
  monitor_set: effect(
    'exclusive monitor holds the imm bytes at VA a',
    ['a', 'imm'],
    [set(EXCLUSIVE_VA, A), set(EXCLUSIVE_SIZE, w(IMM))],
  ),
  monitor_pass: value(['d', 'a', 'imm'])(
    'd = 1 when the exclusive monitor holds exactly the imm bytes at VA a, else 0',
    zext(i32.and(i32.eq(get(EXCLUSIVE_SIZE), w(IMM)), i64.eq(get(EXCLUSIVE_VA), A))),
  ),
  monitor_clear: effect('exclusive monitor is open', [], set(EXCLUSIVE_SIZE, i32c(0))),
  flip: unary('d = 1 when a is 0, else 0', zext(i64.eqz(A))),
};
