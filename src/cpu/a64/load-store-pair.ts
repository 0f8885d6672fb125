/** Loads and stores of register pairs: DDI 0487, "Loads and Stores", the pair classes. */

import type { Fields } from '../decode/pattern.ts';
import { imm } from '../ir/builder.ts';
import { DISCARD } from '../slots.ts';
import { access, checkAligned, LOADS, STORES } from './access.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, storeValue } from './memory.ts';
import { signed } from './operands.ts';

/** Where an addressing mode uses the immediate: `offset` times in the address, and as write-back. */
interface Mode {
  readonly offset: 0 | 1;
  readonly writeBack: boolean;
}

type Pair = Fields<'imm7 Rt2 Rn Rt'>;

const MODES = [
  { name: 'post-index', bits: '001', offset: 0, writeBack: true },
  { name: 'signed offset', bits: '010', offset: 1, writeBack: false },
  { name: 'pre-index', bits: '011', offset: 1, writeBack: true },
] as const;

function storePair(ir: A64Ir, mode: Mode, log2: number, { imm7, Rt2, Rn, Rt }: Pair): void {
  const base = ir.XSP(Rn);
  const step = signed(imm7, 7) << log2;
  const offset = mode.offset * step;
  const transfer = { write: true, log2, op: STORES[log2] } as const;
  ir.checkBase(Rn);
  access(ir, transfer, base, offset, Rt);
  storeValue(ir, transfer.op, base, ir.X(Rt2), offset + (1 << log2));
  if (mode.writeBack) ir.add64(base, base, imm(step));
}

/**
 * The first register is written after the second access, which may fault. CONSTRAINED UNPREDICTABLE, as in QEMU: of one
 * register loaded twice the first value remains, and of a base that is also loaded the write-back remains.
 */
function loadPair(ir: A64Ir, mode: Mode, log2: number, op: (typeof LOADS)[number] | 'ld32s', pair: Pair): void {
  const { imm7, Rt2, Rn, Rt } = pair;
  const base = ir.XSP(Rn);
  const step = signed(imm7, 7) << log2;
  const offset = mode.offset * step;
  const destination = (t: number) => (mode.writeBack && t === Rn ? DISCARD : ir.Xd(t));
  ir.checkBase(Rn);
  checkAligned(ir, { write: false, log2 }, base, offset);
  loadValue(ir, op, ir.T(0), base, offset);
  loadValue(ir, op, destination(Rt2), base, offset + (1 << log2));
  ir.mov64(destination(Rt), ir.T(0));
  if (mode.writeBack) ir.add64(base, base, imm(step));
}

const NO_ALLOCATE: Mode = { offset: 1, writeBack: false };

export const LOAD_STORE_PAIR = [
  insn('STNP', 'sf 0 101 0 000 0 imm7 Rt2 Rn Rt', (ir, fields) => storePair(ir, NO_ALLOCATE, 2 + fields.sf, fields)),
  insn('LDNP', 'sf 0 101 0 000 1 imm7 Rt2 Rn Rt', (ir, fields) => {
    const log2 = 2 + fields.sf;
    loadPair(ir, NO_ALLOCATE, log2, LOADS[log2], fields);
  }),
  ...MODES.flatMap((mode) => [
    insn(`STP (${mode.name})`, `sf 0 101 0 ${mode.bits} 0 imm7 Rt2 Rn Rt`, (ir, fields) => {
      storePair(ir, mode, 2 + fields.sf, fields);
    }),
    insn(`LDP (${mode.name})`, `sf 0 101 0 ${mode.bits} 1 imm7 Rt2 Rn Rt`, (ir, fields) => {
      const log2 = 2 + fields.sf;
      loadPair(ir, mode, log2, LOADS[log2], fields);
    }),
    insn(`LDPSW (${mode.name})`, `01 101 0 ${mode.bits} 1 imm7 Rt2 Rn Rt`, (ir, fields) => {
      loadPair(ir, mode, 2, 'ld32s', fields);
    }),
  ]),
];
