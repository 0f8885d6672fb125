/** Collects the IR ops of a block; instruction rows call one method an op, generated from the op table. */

import { DISCARD, type Slot, SP, T, X, ZERO } from '../slots.ts';
import { OP_CODES, OPS, type OpName, opNumber } from './ops.ts';
import type { Field, VectorField } from './row.ts';

/** A 64-bit immediate in two halves. */
export interface Imm {
  readonly hi: number;
  readonly lo: number;
}
/** An immediate from a safe integer (negative ones in two's complement). */
export const imm = (value: number): Imm => ({ hi: Math.floor(value / 0x1_0000_0000) | 0, lo: value | 0 });
/** An immediate from two 32-bit halves. */
export const immOf = (hi: number, lo: number): Imm => ({ hi, lo });

type Argument<F> = F extends 'd' | 'a' | 'c' | VectorField ? Slot : F extends 'b' ? Slot | Imm : number | Imm;
type Arguments<F extends readonly Field[]> = { [K in keyof F]: Argument<F[K]> };
type OpMethods = {
  [K in OpName]: (
    ...args: Arguments<(typeof OPS)[K]['fields'] extends infer F extends readonly Field[] ? F : never>
  ) => void;
};

const asImm = (arg: number | Imm): Imm => (typeof arg === 'number' ? imm(arg) : arg);

/** What `OpList` has to know of an op: its fields, and its numbers without and with an immediate b. */
export interface OpShape {
  readonly fields: readonly Field[];
  readonly number: number;
  readonly numberImmB: number | undefined;
}

/** The shape of an op. */
export function opShape(name: OpName): OpShape {
  const numberImmB = OP_CODES.findIndex((op) => op.name === name && op.immB);
  return { fields: OPS[name].fields, number: opNumber(name), numberImmB: numberImmB < 0 ? undefined : numberImmB };
}

/** Op records of a block before they are copied to linear memory; fields as in `records.ts`. */
export class OpList {
  count = 0;
  readonly op: number[] = [];
  readonly d: number[] = [];
  readonly a: number[] = [];
  readonly b: number[] = [];
  readonly lo: number[] = [];
  readonly hi: number[] = [];

  clear(): void {
    this.count = 0;
  }

  /** Appends one op; arguments in the order of the row's fields. */
  push({ fields, number, numberImmB }: OpShape, args: readonly (number | Imm)[]): void {
    const at = this.count++;
    this.op[at] = number;
    this.d[at] = this.a[at] = this.b[at] = this.lo[at] = this.hi[at] = 0;
    for (let i = 0; i < fields.length; i++) {
      const arg = args[i];
      switch (fields[i]) {
        case 'd':
        case 'vd':
          this.d[at] = arg as number;
          break;
        case 'a':
        case 'va':
          this.a[at] = arg as number;
          break;
        case 'vb':
          this.b[at] = arg as number;
          break;
        case 'c':
        case 'vc':
          this.lo[at] = arg as number;
          break;
        case 'immHigh':
          this.hi[at] = asImm(arg).lo;
          break;
        case 'imm':
          this.setImm(at, asImm(arg));
          break;
        case 'b':
          if (typeof arg === 'number') this.b[at] = arg;
          else {
            if (numberImmB === undefined) throw new Error(`op ${OP_CODES[number].name} has no immediate form`);
            this.op[at] = numberImmB;
            this.setImm(at, arg);
          }
      }
    }
  }

  private setImm(at: number, value: Imm): void {
    this.lo[at] = value.lo;
    this.hi[at] = value.hi;
  }
}

/** The op methods over an `OpList`: `ir.add64(d, a, b)`. */
class OpEmitter {
  readonly list = new OpList();
}
for (const name of new Set(OP_CODES.map((op) => op.name))) {
  const shape = opShape(name);
  Object.defineProperty(OpEmitter.prototype, name, {
    value(this: OpEmitter, ...args: (number | Imm)[]) {
      this.list.push(shape, args);
    },
  });
}

/** What every instruction set's builder offers: the ops, the registers as operands, temporaries. */
export class Ir extends (OpEmitter as new () => OpEmitter & OpMethods) {
  /** Set by a row whose instruction never runs into the next one. */
  ended = false;

  /** Xn as a source; 31 is XZR. */
  X(n: number): Slot {
    return n === 31 ? ZERO : X[n];
  }
  /** Xn as a destination; 31 is XZR. */
  Xd(n: number): Slot {
    return n === 31 ? DISCARD : X[n];
  }
  /** Temporary i, 0 to 7. */
  T(i: number): Slot {
    return T[i];
  }
  /** SP_ELx. */
  SPx(el: number): Slot {
    return SP[el];
  }
}
