/** Words of rows, and the IR that they emit. */

import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { A64Ir } from '../../../src/cpu/a64/ir.ts';
import { CALLOUT_NUMBERS } from '../../../src/cpu/callout-names.ts';
import type { CodeFlags } from '../../../src/cpu/code-flags.ts';
import { OP_CODES } from '../../../src/cpu/ir/ops.ts';
import { type CpuModel, cpuModel } from '../../../src/cpu/models.ts';
import { slotName } from '../../../src/cpu/slots.ts';

/** The word whose fixed bits are the row's and whose other bits are those of `random`. */
export const wordOf = ({ pattern }: A64Row, random: number): number => (pattern.value | (random & ~pattern.mask)) >>> 0;

const MODEL = cpuModel('cortex-a57') as CpuModel;

export const FLAGS: CodeFlags = {
  el: 1,
  spsel: 1,
  checkAlignment: false,
  device: false,
  checkSp: false,
  tbi0: false,
  tbi1: false,
  twoRanges: true,
  bigEndian: false,
  fpEnabled: true,
  checkSystem: false,
  debug: false,
};

/** Every combination of the flags that rows may depend on. */
export const ALL_FLAGS: readonly CodeFlags[] = Array.from({ length: 2048 }, (_, bits) => ({
  el: (bits & 3) as 0 | 1 | 2,
  spsel: ((bits >> 2) & 1) as 0 | 1,
  checkAlignment: (bits & 8) !== 0,
  device: (bits & 16) !== 0,
  checkSp: (bits & 32) !== 0,
  tbi0: (bits & 64) !== 0,
  tbi1: (bits & 128) !== 0,
  twoRanges: (bits & 1024) !== 0,
  bigEndian: (bits & 256) !== 0,
  fpEnabled: (bits & 512) !== 0,
  checkSystem: (bits & 1024) !== 0,
  debug: false,
})).filter(({ el, twoRanges }) => el === 2 || ((el as number) < 2 && twoRanges));

/** The IR of one word of a row that is implemented. */
export function emit(row: A64Row, word: number, flags: CodeFlags = FLAGS, va = 0x4000_0000): A64Ir {
  if (row.emit === undefined) throw new Error(`${row.name} is not implemented`);
  const ir = new A64Ir();
  ir.word = word;
  ir.va = va;
  ir.flags = flags;
  ir.model = MODEL;
  const fields: Record<string, number> = {};
  for (const { name, shift, width } of row.pattern.fields) fields[name] = (word >>> shift) & (2 ** width - 1);
  row.emit(ir, fields);
  return ir;
}

/** The ops as text: name, slots in the order of the fields, immediates in hexadecimal. */
export const listing = ({ list }: A64Ir): string[] =>
  list.op.slice(0, list.count).map((op, at) => {
    const { name, row, immB } = OP_CODES[op];
    const immediate = `0x${((BigInt(list.hi[at] >>> 0) << 32n) | BigInt(list.lo[at] >>> 0)).toString(16)}`;
    const operands = row.fields.map((field) => {
      if (field === 'd') return slotName(list.d[at]);
      if (field === 'a') return slotName(list.a[at]);
      if (field === 'c') return slotName(list.lo[at]);
      return field === 'b' && !immB ? slotName(list.b[at]) : immediate;
    });
    return [name, operands.join(', ')].join(' ').trimEnd();
  });

/** Whether the word leaves to the handler of UNDEFINED. */
export const isUndefined = (ir: A64Ir): boolean =>
  ir.list.count === 1 && OP_CODES[ir.list.op[0]].name === 'callout' && ir.list.hi[0] === CALLOUT_NUMBERS.UNDEFINED;
