/** What an A64 instruction row is: the manual's name, its encoding diagram, the feature it needs, and its IR. */

import { type Fields, type Pattern, parsePattern } from '../decode/pattern.ts';
import type { FeatureName } from '../models.ts';
import type { A64Ir } from './ir.ts';

/** Decoded fields by name. */
type AnyFields = Record<string, number>;

export interface A64Row {
  readonly name: string;
  readonly text: string;
  readonly pattern: Pattern;
  readonly feature: FeatureName | undefined;
  /** Emits the IR; absent when the encoding is known but not implemented. */
  readonly emit: ((ir: A64Ir, fields: AnyFields) => void) | undefined;
}

/** A row: name as in the Arm ARM, diagram, semantics, and the feature without which it is UNDEFINED. */
export function insn<const P extends string>(
  name: string,
  text: P,
  emit: (ir: A64Ir, fields: Fields<P>) => void,
  feature?: FeatureName,
): A64Row {
  return { name, text, pattern: parsePattern(text), feature, emit: emit as A64Row['emit'] };
}

/**
 * A row of floating point or Advanced SIMD: what it emits gives way to a trap where these are not enabled
 * (DDI 0487, `CheckFPAdvSIMDEnabled64`). Encodings that the row finds UNDEFINED stay so.
 */
export function simd<const P extends string>(
  name: string,
  text: P,
  emit: (ir: A64Ir, fields: Fields<P>) => void,
  feature: FeatureName = 'FEAT_AdvSIMD',
): A64Row {
  return insn(
    name,
    text,
    (ir, fields) => {
      const start = ir.list.count;
      emit(ir, fields);
      if (ir.flags.fpEnabled || ir.ended) return;
      ir.list.count = start;
      ir.call('FP_TRAP');
      ir.ended = true;
    },
    feature,
  );
}

/** An encoding that is allocated but not implemented: UNDEFINED to the guest, listed in the coverage table. */
export function todo(name: string, text: string): A64Row {
  return { name, text, pattern: parsePattern(text), feature: undefined, emit: undefined };
}

/**
 * What hints, barriers and prefetches do: CPUs run one at a time and every access completes in order, so there is
 * nothing to order or to fetch.
 */
export const noOperation = (): void => {};
