/** Exclusives, load-acquire and store-release: DDI 0487, "Loads and Stores", load/store exclusive and ordered. */

import { imm } from '../ir/builder.ts';
import type { Slot } from '../slots.ts';
import { LOADS, type Operands, requireAligned, SIZES, STORES } from './access.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, stored, storeValue } from './memory.ts';

const STORES_IF = ['st8_if', 'st16_if', 'st32_if', 'st64_if'] as const;

/** The letters of acquire and release, and o0; one CPU runs at a time, so that both orders are the same. */
const ORDERS = [
  { acquire: '', release: '', o0: '0' },
  { acquire: 'A', release: 'L', o0: '1' },
] as const;

/** Bytes of the 64-bit pair, the only access that is more than one op. */
const PAIR_BYTES = 16;

function loadExclusive(ir: A64Ir, log2: number, Rn: number, Rt: number): void {
  const base = ir.XSP(Rn);
  ir.checkBase(Rn);
  requireAligned(ir, { write: false, log2 }, base);
  loadValue(ir, LOADS[log2], ir.T(0), base, 0);
  ir.monitor_set(base, 1 << log2);
  ir.mov64(ir.Xd(Rt), ir.T(0));
}

/** Both of Rt and Rt2 the same is CONSTRAINED UNPREDICTABLE: as in QEMU, the second value remains. */
function loadExclusivePair(ir: A64Ir, sf: number, Rn: number, Rt: number, Rt2: number): void {
  const base = ir.XSP(Rn);
  const [first, second] = [ir.T(0), ir.T(1)];
  ir.checkBase(Rn);
  if (sf) {
    ir.align_pair16(base);
    loadValue(ir, 'ld64', first, base, 0);
    loadValue(ir, 'ld64', second, base, 8);
    ir.monitor_set(base, PAIR_BYTES);
    ir.mov64(ir.Xd(Rt), first);
    ir.mov64(ir.Xd(Rt2), second);
  } else {
    ir.align_read8(base, 0);
    loadValue(ir, 'ld64', first, base, 0);
    ir.monitor_set(base, 8);
    ir.mov32(second, first);
    ir.shr64(first, first, imm(32));
    // One access of 64 bits: Rt is the word at the lower address, which big-endian order makes the upper one.
    const [forRt, forRt2] = ir.flags.bigEndian ? [first, second] : [second, first];
    ir.mov64(ir.Xd(Rt), forRt);
    ir.mov64(ir.Xd(Rt2), forRt2);
  }
}

/** Closes the monitor; status 0 when `passed` is 1. Written last, so Rs may be the base or the data, as in QEMU. */
function finishStore(ir: A64Ir, passed: Slot, Rs: number): void {
  ir.monitor_clear();
  ir.flip(ir.Xd(Rs), passed);
}

function storeExclusive(ir: A64Ir, log2: number, Rs: number, Rn: number, Rt: number): void {
  const base = ir.XSP(Rn);
  const passed = ir.T(0);
  ir.checkBase(Rn);
  requireAligned(ir, { write: true, log2 }, base);
  ir.monitor_pass(passed, base, 1 << log2);
  ir[STORES_IF[log2]](base, stored(ir, STORES[log2], ir.X(Rt)), passed);
  finishStore(ir, passed, Rs);
}

function storeExclusivePair(ir: A64Ir, sf: number, Rs: number, Rn: number, Rt: number, Rt2: number): void {
  const base = ir.XSP(Rn);
  const [passed, low, high] = [ir.T(0), ir.T(1), ir.T(2)];
  ir.checkBase(Rn);
  if (sf) {
    ir.align_pair16_write(base);
    ir.monitor_pass(passed, base, PAIR_BYTES);
    ir.st64_if(base, stored(ir, 'st64', ir.X(Rt)), passed);
    ir.add64(high, base, imm(8));
    ir.st64_if(high, stored(ir, 'st64', ir.X(Rt2)), passed);
  } else {
    ir.align_write8(base, 0);
    ir.monitor_pass(passed, base, 8);
    const [lower, upper] = ir.flags.bigEndian ? [Rt2, Rt] : [Rt, Rt2];
    ir.mov32(low, ir.X(lower));
    ir.shl64(high, ir.X(upper), imm(32));
    ir.or64(low, low, high);
    ir.st64_if(base, stored(ir, 'st64', low), passed);
  }
  finishStore(ir, passed, Rs);
}

// Rs and Rt2 should be ones where they name no register; as QEMU does, other values act the same.
const singles = SIZES.flatMap(({ suffix, size, log2 }) => [
  ...ORDERS.flatMap(({ acquire, release, o0 }) => [
    insn(
      `ST${release}XR${suffix}`,
      `${size} 001000 0 0 0 Rs ${o0} Rt2 Rn Rt`,
      (ir, { x = 0, Rs, Rn, Rt }: Operands<'Rs'>) => {
        storeExclusive(ir, log2 + x, Rs, Rn, Rt);
      },
    ),
    insn(`LD${acquire}XR${suffix}`, `${size} 001000 0 1 0 Rs ${o0} Rt2 Rn Rt`, (ir, { x = 0, Rn, Rt }: Operands) => {
      loadExclusive(ir, log2 + x, Rn, Rt);
    }),
  ]),
  insn(`STLR${suffix}`, `${size} 001000 1 0 0 Rs 1 Rt2 Rn Rt`, (ir, { x = 0, Rn, Rt }: Operands) => {
    ir.checkBase(Rn);
    requireAligned(ir, { write: true, log2: log2 + x }, ir.XSP(Rn));
    storeValue(ir, STORES[log2 + x], ir.XSP(Rn), ir.X(Rt), 0);
  }),
  insn(`LDAR${suffix}`, `${size} 001000 1 1 0 Rs 1 Rt2 Rn Rt`, (ir, { x = 0, Rn, Rt }: Operands) => {
    ir.checkBase(Rn);
    requireAligned(ir, { write: false, log2: log2 + x }, ir.XSP(Rn));
    loadValue(ir, LOADS[log2 + x], ir.Xd(Rt), ir.XSP(Rn), 0);
  }),
]);

const pairs = ORDERS.flatMap(({ acquire, release, o0 }) => [
  insn(`ST${release}XP`, `1 sf 001000 0 0 1 Rs ${o0} Rt2 Rn Rt`, (ir, { sf, Rs, Rn, Rt, Rt2 }) => {
    storeExclusivePair(ir, sf, Rs, Rn, Rt, Rt2);
  }),
  insn(`LD${acquire}XP`, `1 sf 001000 0 1 1 Rs ${o0} Rt2 Rn Rt`, (ir, { sf, Rn, Rt, Rt2 }) => {
    loadExclusivePair(ir, sf, Rn, Rt, Rt2);
  }),
]);

export const LOAD_STORE_EXCLUSIVE = [...singles, ...pairs];
