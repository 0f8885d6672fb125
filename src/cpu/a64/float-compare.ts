/** Floating-point compare and conditional compare: DDI 0487, "Data Processing -- Scalar Floating-Point". */

import { packFloatWord, SHAPES, shapedWord } from '../ir/ops-float-word.ts';
import { Q, TV } from '../slots.ts';
import { floatInsn, scalarShape } from './float-ir.ts';
import { condition } from './operands.ts';

/** Name, and the bit that makes all NaNs signal. */
const COMPARES = [
  { name: 'FCMP', E: '0', fn: 'fcmp' },
  { name: 'FCMPE', E: '1', fn: 'fcmpe' },
] as const;
const CONDITIONAL = [
  { name: 'FCCMP', E: '0', fn: 'fcmp' },
  { name: 'FCCMPE', E: '1', fn: 'fcmpe' },
] as const;

export const FLOAT_COMPARE = [
  ...COMPARES.flatMap(({ name, E, fn }) => [
    floatInsn(name, `0 0 0 11110 0 ptype:1 1 Rm 00 1000 Rn ${E} 0 000`, (ir, { ptype, Rm, Rn }) => {
      const shape = scalarShape(ptype);
      ir[`fcmp_${shape}`](Q[Rn], Q[Rm], shapedWord(fn, shape));
    }),
    // Rm should be 0; as QEMU does, other values act the same.
    floatInsn(`${name} (zero)`, `0 0 0 11110 0 ptype:1 1 Rm 00 1000 Rn ${E} 1 000`, (ir, { ptype, Rn }) => {
      const shape = scalarShape(ptype);
      ir.vconst(TV[0], 0);
      ir[`fcmp_${shape}`](Q[Rn], TV[0], shapedWord(fn, shape));
    }),
  ]),
  ...CONDITIONAL.map(({ name, E, fn }) =>
    floatInsn(name, `0 0 0 11110 0 ptype:1 1 Rm cond 01 Rn ${E} nzcv`, (ir, { ptype, Rm, cond, Rn, nzcv }) => {
      const shape = scalarShape(ptype);
      const { size } = SHAPES[shape];
      condition(ir, ir.T(0), cond);
      ir[`fccmp_${shape}`](Q[Rn], Q[Rm], ir.T(0), packFloatWord({ fn, from: size, to: size, lanes: 1, nzcv }));
    }),
  ),
];
