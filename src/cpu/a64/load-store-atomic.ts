/** Atomic memory operations of FEAT_LSE and LDAPR of FEAT_LRCPC: DDI 0487, "Loads and Stores", the atomic classes. */

import { imm } from '../ir/builder.ts';
import type { Slot } from '../slots.ts';
import { LOADS, type Operands, requireAligned, SIZES, STORES } from './access.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, storeValue } from './memory.ts';

/*
 * One CPU runs at a time, so an atomic is a load, the operation and a store. A location that the instruction may not read
 * faults as a read, one that it may only read as a write: what ESR_ELx.WnR is to say of atomics. Nothing architectural is
 * written before the store, the last access that can fault.
 */

/** Letters of acquire and release with their two bits, in the order of the encodings. */
const ORDERS = [
  { letters: '', first: '0', second: '0' },
  { letters: 'L', first: '0', second: '1' },
  { letters: 'A', first: '1', second: '0' },
  { letters: 'AL', first: '1', second: '1' },
] as const;

const SIGN_EXTENSIONS = ['sext8', 'sext16', 'sext32'] as const;
const MASKS = [0xff, 0xffff, 0xffff_ffff].map(imm);

/** `d` = the low bytes of `value` as a signed or unsigned number. */
function extend(ir: A64Ir, d: Slot, value: Slot, log2: number, signed: boolean): void {
  if (log2 === 3) ir.mov64(d, value);
  else if (signed) ir[SIGN_EXTENSIONS[log2]](d, value);
  else ir.and64(d, value, MASKS[log2]);
}

/** What memory holds afterwards, into `d`, from what it held, zero-extended, and Rs; only the low bytes count. */
type Operation = (ir: A64Ir, d: Slot, old: Slot, operand: Slot, log2: number) => void;

const larger =
  (op: 'smax64' | 'smin64' | 'umax64' | 'umin64'): Operation =>
  (ir, d, old, operand, log2) => {
    const signed = op.startsWith('s');
    const other = ir.T(2);
    extend(ir, other, operand, log2, signed);
    extend(ir, d, old, log2, signed);
    ir[op](d, d, other);
  };

/** Mnemonic, o3:opc, operation. */
const OPERATIONS = [
  { name: 'LDADD', bits: '0 000', operation: (ir, d, old, operand) => ir.add64(d, old, operand) },
  { name: 'LDCLR', bits: '0 001', operation: (ir, d, old, operand) => ir.bic64(d, old, operand) },
  { name: 'LDEOR', bits: '0 010', operation: (ir, d, old, operand) => ir.xor64(d, old, operand) },
  { name: 'LDSET', bits: '0 011', operation: (ir, d, old, operand) => ir.or64(d, old, operand) },
  { name: 'LDSMAX', bits: '0 100', operation: larger('smax64') },
  { name: 'LDSMIN', bits: '0 101', operation: larger('smin64') },
  { name: 'LDUMAX', bits: '0 110', operation: larger('umax64') },
  { name: 'LDUMIN', bits: '0 111', operation: larger('umin64') },
  { name: 'SWP', bits: '1 000', operation: (ir, d, _old, operand) => ir.mov64(d, operand) },
] as const satisfies readonly { name: string; bits: string; operation: Operation }[];

/** Loads the old value, zero-extended, into temporary 0 after the checks of address and alignment. */
function loadOld(ir: A64Ir, log2: number, Rn: number): Slot {
  const base = ir.XSP(Rn);
  ir.checkBase(Rn);
  requireAligned(ir, { write: false, log2 }, base);
  loadValue(ir, LOADS[log2], ir.T(0), base, 0);
  return ir.T(0);
}

function modify(ir: A64Ir, operation: Operation, log2: number, { Rs, Rn, Rt }: Operands<'Rs'>): void {
  const old = loadOld(ir, log2, Rn);
  const value = ir.T(1);
  operation(ir, value, old, ir.X(Rs), log2);
  storeValue(ir, STORES[log2], ir.XSP(Rn), value, 0);
  ir.mov64(ir.Xd(Rt), old);
}

/** A comparison that fails writes back what was read, which the architecture allows, so write permission always counts. */
function compareAndSwap(ir: A64Ir, log2: number, { Rs, Rn, Rt }: Operands<'Rs'>): void {
  const old = loadOld(ir, log2, Rn);
  const [value, differs] = [ir.T(1), ir.T(2)];
  ir.xor64(differs, old, ir.X(Rs));
  if (log2 < 3) ir.and64(differs, differs, MASKS[log2]);
  ir.select64(value, old, ir.X(Rt), differs);
  storeValue(ir, STORES[log2], ir.XSP(Rn), value, 0);
  ir.mov64(ir.Xd(Rs), old);
}

/** Two words are one access of 64 bits: Xs or Xt is the register of the lower address, which big-endian order makes the upper half. */
function compareAndSwapWords(ir: A64Ir, { Rs, Rn, Rt }: Operands<'Rs'>): void {
  const old = loadOld(ir, 3, Rn);
  const [value, differs, upper] = [ir.T(1), ir.T(2), ir.T(3)];
  const join = (d: Slot, first: number) => {
    const [low, high] = ir.flags.bigEndian ? [first + 1, first] : [first, first + 1];
    ir.mov32(d, ir.X(low));
    ir.shl64(upper, ir.X(high), imm(32));
    ir.or64(d, d, upper);
  };
  join(differs, Rs);
  ir.xor64(differs, differs, old);
  join(value, Rt);
  ir.select64(value, old, value, differs);
  storeValue(ir, 'st64', ir.XSP(Rn), value, 0);
  const [low, high] = ir.flags.bigEndian ? [Rs + 1, Rs] : [Rs, Rs + 1];
  ir.mov32(ir.Xd(low), old);
  ir.shr64(ir.Xd(high), old, imm(32));
}

/** Both stores are in the page of the loads, so that the second cannot fault where the first did not. */
function compareAndSwapDoublewords(ir: A64Ir, { Rs, Rn, Rt }: Operands<'Rs'>): void {
  const base = ir.XSP(Rn);
  const [first, second, differs, other, value] = [ir.T(0), ir.T(1), ir.T(2), ir.T(3), ir.T(4)];
  ir.checkBase(Rn);
  ir.align_pair16(base);
  loadValue(ir, 'ld64', first, base, 0);
  loadValue(ir, 'ld64', second, base, 8);
  ir.xor64(differs, first, ir.X(Rs));
  ir.xor64(other, second, ir.X(Rs + 1));
  ir.or64(differs, differs, other);
  ir.select64(value, first, ir.X(Rt), differs);
  ir.select64(other, second, ir.X(Rt + 1), differs);
  storeValue(ir, 'st64', base, value, 0);
  storeValue(ir, 'st64', base, other, 8);
  ir.mov64(ir.Xd(Rs), first);
  ir.mov64(ir.Xd(Rs + 1), second);
}

const atomics = SIZES.flatMap(({ suffix, size, log2 }) =>
  ORDERS.flatMap(({ letters, first, second }) =>
    OPERATIONS.map(({ name, bits, operation }) =>
      insn(
        `${name}${letters}${suffix}`,
        `${size} 111 0 00 ${first} ${second} 1 Rs ${bits} 00 Rn Rt`,
        (ir, { x = 0, ...fields }: Operands<'Rs'>) => modify(ir, operation, log2 + x, fields),
        'FEAT_LSE',
      ),
    ),
  ),
);

const compares = ORDERS.flatMap(({ letters, first, second }) => [
  ...SIZES.map(({ suffix, size, log2 }) =>
    insn(
      `CAS${letters}${suffix}`,
      `${size} 001000 1 ${first} 1 Rs ${second} 11111 Rn Rt`,
      (ir, { x = 0, ...fields }: Operands<'Rs'>) => compareAndSwap(ir, log2 + x, fields),
      'FEAT_LSE',
    ),
  ),
  insn(
    `CASP${letters}`,
    `0 sf 001000 0 ${first} 1 Rs ${second} 11111 Rn Rt`,
    (ir, { sf, ...fields }) => {
      if ((fields.Rs & 1) !== 0 || (fields.Rt & 1) !== 0) ir.undefined();
      else if (sf) compareAndSwapDoublewords(ir, fields);
      else compareAndSwapWords(ir, fields);
    },
    'FEAT_LSE',
  ),
]);

const acquires = SIZES.map(({ suffix, size, log2 }) =>
  insn(
    `LDAPR${suffix}`,
    `${size} 111 0 00 1 0 1 11111 1 100 00 Rn Rt`,
    (ir, { x = 0, Rn, Rt }: Operands) => {
      const value = loadOld(ir, log2 + x, Rn);
      ir.mov64(ir.Xd(Rt), value);
    },
    'FEAT_LRCPC',
  ),
);

export const LOAD_STORE_ATOMIC = [...atomics, ...compares, ...acquires];
