/** Loads and stores of vector structures, LD1 to LD4 and ST1 to ST4: DDI 0487, "Advanced SIMD load/store". */

import { imm } from '../ir/builder.ts';
import { Q, type Slot, TV } from '../slots.ts';
import { checkAligned, LOADS, STORES } from './access.ts';
import { simd } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { loadValue, storeValue } from './memory.ts';
import { bhsd, result, vectorBytes } from './simd-operands.ts';

const INSERT = bhsd('vinsert');
const SPLAT = bhsd('vsplat');

/** V registers that follow each other; V0 follows V31. */
const register = (t: number, i: number): Slot => Q[(t + i) % 32];

/** What a row does at the base, and the bytes that it transfers. */
interface Access {
  readonly bytes: number;
  readonly write: boolean;
  /** log2 of the bytes of an element, each an access of its own to the alignment checks. */
  readonly log2: number;
  readonly run: (base: Slot) => void;
}

/** The address register; post-index adds the bytes transferred, or Xm. */
function at(ir: A64Ir, Rn: number, Rm: number | undefined, { bytes, write, log2, run }: Access): void {
  const base = ir.XSP(Rn);
  ir.checkBase(Rn);
  checkAligned(ir, { write, log2 }, base);
  run(base);
  if (Rm !== undefined) ir.add64(base, base, Rm === 31 ? imm(bytes) : ir.X(Rm));
}

/** The two addressing modes, with their bits and the name of the second. */
const MODES = [
  { suffix: '', bits: '0', Rm: '00000' },
  { suffix: ', post-index', bits: '1', Rm: 'Rm' },
] as const;
const DIRECTIONS = [
  { name: 'ST', L: '0', write: true },
  { name: 'LD', L: '1', write: false },
] as const;

/** A transfer of `count` whole registers of so many bytes with elements of 1 << `log2`. */
interface Whole {
  readonly t: number;
  readonly count: number;
  readonly bytes: 8 | 16;
  readonly log2: number;
}

/** Register by register; lanes in little-endian order are one access of all. */
function contiguous(ir: A64Ir, write: boolean, { t, count, bytes }: Whole, base: Slot): void {
  for (let i = 0; i < count; i++) {
    const offset = i * bytes;
    if (write && bytes === 16) ir.st128(base, register(t, i), offset);
    else if (write) {
      ir.vextract(ir.T(0), register(t, i), 0);
      ir.st64(base, ir.T(0), offset);
    } else if (bytes === 16) ir.ld128(TV[i], base, offset);
    else {
      ir.ld64(ir.T(0), base, offset);
      ir.vfrom(TV[i], ir.T(0));
    }
  }
}

/** Element by element, of `structure` registers in turn. */
function elements(ir: A64Ir, write: boolean, { t, count, bytes, log2 }: Whole, structure: number, base: Slot): void {
  let offset = 0;
  const one = (r: number, index: number): void => {
    if (write) {
      ir.vextract(ir.T(0), register(t, r), index << log2);
      storeValue(ir, STORES[log2], base, ir.T(0), offset);
    } else {
      loadValue(ir, LOADS[log2], ir.T(0), base, offset);
      if (index === 0) ir.vfrom(TV[r], ir.T(0));
      else ir[INSERT[log2]](TV[r], TV[r], ir.T(0), index);
    }
    offset += 1 << log2;
  };
  for (let first = 0; first < count; first += structure) {
    for (let index = 0; index < bytes >> log2; index++) {
      for (let r = first; r < first + structure; r++) one(r, index);
    }
  }
}

function multiple(ir: A64Ir, write: boolean, whole: Whole, structure: number, base: Slot): void {
  const { bigEndian, device } = ir.flags;
  // Device memory sees each element, which is aligned where the whole may not be.
  if (structure === 1 && !device && (!bigEndian || whole.log2 === 0)) contiguous(ir, write, whole, base);
  else elements(ir, write, whole, structure, base);
  if (write) return;
  for (let r = 0; r < whole.count; r++) ir.vmov(register(whole.t, r), TV[r]);
}

/** Mnemonic's number, opcode, registers. */
const MULTIPLE = [
  { structure: 4, opcode: '0000', count: 4 },
  { structure: 1, opcode: '0010', count: 4 },
  { structure: 3, opcode: '0100', count: 3 },
  { structure: 1, opcode: '0110', count: 3 },
  { structure: 1, opcode: '0111', count: 1 },
  { structure: 2, opcode: '1000', count: 2 },
  { structure: 1, opcode: '1010', count: 2 },
] as const;

type Fields<F extends string> = Readonly<Record<F | 'Rn' | 'Rt', number>> & { readonly Rm?: number };

const multiples = DIRECTIONS.flatMap(({ name, L, write }) =>
  MULTIPLE.flatMap(({ structure, opcode, count }) =>
    MODES.map(({ suffix, bits, Rm: RmBits }) =>
      simd(
        `${name}${structure} (multiple structures, ${count} registers${suffix})`,
        `0 Q:1 001100 ${bits} ${L} 0 ${RmBits} ${opcode} size Rn Rt`,
        (ir, { Q: q, Rm, size, Rn, Rt }: Fields<'Q' | 'size'>) => {
          if (size === 3 && q === 0 && structure !== 1) return ir.undefined();
          const bytes = vectorBytes(q);
          const whole: Whole = { t: Rt, count, bytes, log2: size };
          const run = (base: Slot) => multiple(ir, write, whole, structure, base);
          at(ir, Rn, Rm, { bytes: count * bytes, write, log2: size, run });
        },
      ),
    ),
  ),
);

/** Size and index of one element from scale, Q:S:size; undefined where reserved. */
function elementOf(scale: number, q: number, S: number, size: number): { log2: number; index: number } | undefined {
  const number = (q << 3) | (S << 2) | size;
  if (scale === 0) return { log2: 0, index: number };
  if (scale === 1) return size & 1 ? undefined : { log2: 1, index: number >> 1 };
  if (scale === 2 && size === 0) return { log2: 2, index: number >> 2 };
  if (scale === 2 && size === 1 && S === 0) return { log2: 3, index: q };
  return undefined;
}

/** General temporaries 0 to 3 = elements that follow each other in memory. */
function loadElements(ir: A64Ir, count: number, log2: number, base: Slot): void {
  for (let r = 0; r < count; r++) loadValue(ir, LOADS[log2], ir.T(r), base, r << log2);
}

/** Registers, R, and bit 13, the lowest of opcode. */
const SINGLE = [
  { count: 1, R: '0', o: '0' },
  { count: 2, R: '1', o: '0' },
  { count: 3, R: '0', o: '1' },
  { count: 4, R: '1', o: '1' },
] as const;

const singles = DIRECTIONS.flatMap(({ name, L, write }) =>
  SINGLE.flatMap(({ count, R, o }) =>
    MODES.map(({ suffix, bits, Rm: RmBits }) =>
      simd(
        `${name}${count} (single structure${suffix})`,
        `0 Q:1 001101 ${bits} ${L} ${R} ${RmBits} scale:2 ${o} S size Rn Rt`,
        (ir, { Q: q, Rm, scale, S, size, Rn, Rt }: Fields<'Q' | 'scale' | 'S' | 'size'>) => {
          const element = elementOf(scale, q, S, size);
          if (element === undefined) return ir.undefined();
          const { log2, index } = element;
          const run = (base: Slot): void => {
            if (!write) loadElements(ir, count, log2, base);
            for (let r = 0; r < count; r++) {
              const v = register(Rt, r);
              if (write) {
                ir.vextract(ir.T(0), v, index << log2);
                storeValue(ir, STORES[log2], base, ir.T(0), r << log2);
              } else ir[INSERT[log2]](v, v, ir.T(r), index);
            }
          };
          at(ir, Rn, Rm, { bytes: count << log2, write, log2, run });
        },
      ),
    ),
  ),
);

const replicates = SINGLE.flatMap(({ count, R, o }) =>
  MODES.map(({ suffix, bits, Rm: RmBits }) =>
    simd(
      `LD${count}R${suffix === '' ? '' : ' (post-index)'}`,
      `0 Q:1 001101 ${bits} 1 ${R} ${RmBits} 11 ${o} 0 size Rn Rt`,
      (ir, { Q: q, Rm, size, Rn, Rt }: Fields<'Q' | 'size'>) => {
        const run = (base: Slot): void => {
          loadElements(ir, count, size, base);
          for (let r = 0; r < count; r++) {
            result(ir, vectorBytes(q), (Rt + r) % 32, (d) => ir[SPLAT[size]](d, ir.T(r)));
          }
        };
        at(ir, Rn, Rm, { bytes: count << size, write: false, log2: size, run });
      },
    ),
  ),
);

export const LOAD_STORE_STRUCTURE = [...multiples, ...singles, ...replicates];
