/** Branches: DDI 0487, "Branches, Exception Generating and System instructions", the branch classes. */

import type { Imm } from '../ir/builder.ts';
import { CONDITIONS } from '../ir/conditions.ts';
import { type Slot, X } from '../slots.ts';
import { ones } from './bitmask.ts';
import { insn } from './insn.ts';
import type { A64Ir } from './ir.ts';
import { signed } from './operands.ts';

/** VA of a branch target from its offset in instructions. */
const target = (ir: A64Ir, field: number, width: number): Imm => ir.relative(signed(field, width) * 4);

function goto(ir: A64Ir, va: Imm): void {
  ir.goto(va);
  ir.ended = true;
}

function gotoRegister(ir: A64Ir, va: Slot): void {
  ir.goto_reg(va, ir.relative(0));
  ir.ended = true;
}

/** The path of a conditional branch that is not taken. */
const fallThrough = (ir: A64Ir): void => goto(ir, ir.relative(4));

/** X30 = address of the next instruction. */
const link = (ir: A64Ir): void => ir.movi(X[30], ir.relative(4));

/** Ops that drop an ignored tag in a regime with two ranges, by TBI1:TBI0. */
const UNTAG = [undefined, 'branch_target_tbi0', 'branch_target_tbi1', 'branch_target_tbi01'] as const;

/** AArch64.BranchAddr of Xn; may use temporary 0. */
function branchAddress(ir: A64Ir, Rn: number): Slot {
  const { twoRanges, tbi0, tbi1 } = ir.flags;
  const inTwo = UNTAG[(tbi1 ? 2 : 0) | (tbi0 ? 1 : 0)];
  const inOne = tbi0 ? 'branch_target_el2' : undefined;
  const untag = twoRanges ? inTwo : inOne;
  if (untag === undefined) return ir.X(Rn);
  ir[untag](ir.T(0), ir.X(Rn));
  return ir.T(0);
}

const COMPARE_AND_BRANCH = [
  { name: 'CBZ', op: '0', branch: ['b_zero32', 'b_zero64'] },
  { name: 'CBNZ', op: '1', branch: ['b_nonzero32', 'b_nonzero64'] },
] as const;

const TEST_AND_BRANCH = [
  { name: 'TBZ', op: '0', branch: 'b_zero64' },
  { name: 'TBNZ', op: '1', branch: 'b_nonzero64' },
] as const;

export const BRANCHES = [
  insn('B', '0 00101 imm26', (ir, { imm26 }) => goto(ir, target(ir, imm26, 26))),
  insn('BL', '1 00101 imm26', (ir, { imm26 }) => {
    link(ir);
    ir.goto_link(target(ir, imm26, 26));
    ir.ended = true;
  }),
  insn('B.cond', '0101010 0 imm19 0 cond', (ir, { imm19, cond }) => {
    const va = target(ir, imm19, 19);
    if (cond >= CONDITIONS.length) return goto(ir, va);
    ir[`b_${CONDITIONS[cond].name}`](va);
    fallThrough(ir);
  }),
  ...COMPARE_AND_BRANCH.map(({ name, op, branch }) =>
    insn(name, `sf 011010 ${op} imm19 Rt`, (ir, { sf, imm19, Rt }) => {
      ir[branch[sf]](ir.X(Rt), target(ir, imm19, 19));
      fallThrough(ir);
    }),
  ),
  ...TEST_AND_BRANCH.map(({ name, op, branch }) =>
    insn(name, `b5 011011 ${op} b40 imm14 Rt`, (ir, { b5, b40, imm14, Rt }) => {
      ir.and64(ir.T(0), ir.X(Rt), ones(1, (b5 << 5) | b40));
      ir[branch](ir.T(0), target(ir, imm14, 14));
      fallThrough(ir);
    }),
  ),
  insn('BR', '1101011 0000 11111 000000 Rn 00000', (ir, { Rn }) => gotoRegister(ir, branchAddress(ir, Rn))),
  insn('BLR', '1101011 0001 11111 000000 Rn 00000', (ir, { Rn }) => {
    let va = branchAddress(ir, Rn);
    if (va === X[30]) {
      va = ir.T(0);
      ir.mov64(va, X[30]);
    }
    link(ir);
    gotoRegister(ir, va);
  }),
  insn('RET', '1101011 0010 11111 000000 Rn 00000', (ir, { Rn }) => gotoRegister(ir, branchAddress(ir, Rn))),
  insn('ERET', '1101011 0100 11111 000000 11111 00000', (ir) => {
    if (ir.flags.el === 0) return ir.undefined();
    ir.call('ERET');
    ir.ended = true;
  }),
  insn('DRPS', '1101011 0101 11111 000000 11111 00000', (ir) => {
    ir.call('DRPS');
    ir.ended = true;
  }),
];
