/** One translation explained, VA to IPA to PA, as text and as an object, from the events of its walk. */

import { hex, hex64 } from '../arch/addresses.ts';
import type { WalkStepEvent } from '../arch/trace.ts';
import { descriptorText } from './descriptor-text.ts';
import { SymbolTable } from './symbols.ts';
import {
  hasEl0,
  resultText,
  stepIndex,
  stepText,
  type WalkEvent,
  type WalkResultEvent,
  walkText,
} from './walk-text.ts';

/** The events of one walk, in the order in which they happened; steps are copies. */
export interface WalkRecord {
  walk: WalkEvent;
  steps: readonly WalkStepEvent[];
  result: WalkResultEvent;
}

/** One table lookup. Addresses and values in hexadecimal text. */
export interface ExplainedStep {
  stage: 1 | 2;
  level: number;
  table: string;
  index: number;
  address: string;
  space: 'PA' | 'IPA';
  descriptor: string;
  meaning: string;
}

/** A translation for programs; addresses in hexadecimal text, so that it is JSON. */
export interface Explanation {
  va: string;
  access: WalkEvent['access'];
  unprivileged: boolean;
  regime: string;
  asid: number;
  vmid: number;
  steps: ExplainedStep[];
  ok: boolean;
  ipa: string | undefined;
  pa: string | undefined;
  attributes: string;
  fault: string | undefined;
}

/** The walk as an object. */
export function explanation({ walk, steps, result }: WalkRecord): Explanation {
  const { access, unprivileged, regime, asid, vmid } = walk;
  const el0 = hasEl0(regime);
  return {
    va: hex(walk.va),
    access,
    unprivileged,
    regime,
    asid,
    vmid,
    steps: steps.map((step) => ({
      stage: step.stage,
      level: step.level,
      table: hex(step.tableAddress),
      index: stepIndex(step),
      address: hex(step.descriptorAddress),
      space: step.descriptorSpace,
      descriptor: hex64(step.descriptorHi, step.descriptorLo),
      meaning: descriptorText({ ...step, el0 }),
    })),
    ok: result.ok,
    ipa: result.ipa === undefined ? undefined : hex(result.ipa),
    pa: result.pa === undefined ? undefined : hex(result.pa),
    attributes: result.attributes,
    fault: result.fault,
  };
}

/**
 * The walk as indented lines. Stage-2 steps that only found a stage-1 descriptor stand under that descriptor, those
 * that translate the output stand on their own.
 */
export function explanationText({ walk, steps, result }: WalkRecord, symbols = new SymbolTable()): string {
  const el0 = hasEl0(walk.regime);
  const lines = [walkText(walk, symbols)];
  let pending: string[] = [];
  for (const step of steps) {
    const text = stepText(step, el0);
    if (step.stage === 2) {
      pending.push(text);
      continue;
    }
    lines.push(`  ${text}`, ...pending.map((line) => `    found by ${line}`));
    pending = [];
  }
  lines.push(...pending.map((line) => `  ${line}`), `  ${resultText(result)}`);
  return lines.join('\n');
}
