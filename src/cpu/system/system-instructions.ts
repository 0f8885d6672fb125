/** SYS and SYSL: lookup, access checks and traps of System instructions. */

import { type Operation, SYSTEM_INSTRUCTIONS, type SystemInstruction } from '../../arch/sysregs/instructions.ts';
import { keyOfWord } from '../../arch/sysregs/row.ts';
import { READ, WRITE } from '../../mmu/translation.ts';
import { type Core, LEAVE, NEXT, type Outcome } from '../core.ts';
import type { Slot } from '../slots.ts';
import { translateAddress, translationRequest } from './address-translation.ts';
import { maintainByVa } from './cache-maintenance.ts';
import { undefinedInstruction } from './exceptions.ts';
import { unallocated } from './register-access.ts';
import { maintainTlb, tlbMaintenance } from './tlb-maintenance.ts';
import { TRAPS, type Trap, trapped } from './traps.ts';

interface BoundInstruction {
  readonly row: SystemInstruction;
  readonly traps: readonly Trap[];
  /** The instruction itself, after all checks. */
  readonly run: (core: Core, rt: Slot) => Outcome;
}

type Run = BoundInstruction['run'];

/** Makes the handler of a row, by how the instruction works. */
const OPERATIONS: Readonly<Record<Operation, (row: SystemInstruction) => Run>> = {
  cache: () => () => NEXT,
  zero: () => () => NEXT,
  cacheByVa(row) {
    // DC IVAC may discard data, so it needs write permission; the others need read permission.
    const access = row.name === 'DC IVAC' ? WRITE : READ;
    return (core, rt) => maintainByVa(core, rt, access);
  },
  translate(row) {
    const request = translationRequest(row.name);
    return (core, rt) => translateAddress(core, rt, request);
  },
  tlbi(row) {
    const maintenance = tlbMaintenance(row.name);
    return (core, rt) => maintainTlb(core, rt, maintenance);
  },
};

const INSTRUCTIONS: ReadonlyMap<number, BoundInstruction> = new Map(
  SYSTEM_INSTRUCTIONS.map((row) => [
    row.key,
    { row, traps: row.traps.map((name) => TRAPS[name]), run: OPERATIONS[row.operation](row) },
  ]),
);

/** Bit 21 of the word: SYSL, of which no instruction is defined. */
const SYSL = 1 << 21;

/**
 * SYS: runs the instruction that `word` names with the operand in `rt`. DC ZVA only has its checks here: NEXT means that
 * the block may be zeroed, an ordinary store that the engine does.
 */
export function systemInstruction(core: Core, word: number, rt: Slot): Outcome {
  const instruction = (word & SYSL) === 0 ? INSTRUCTIONS.get(keyOfWord(word)) : undefined;
  const feature = instruction?.row.feature;
  const present = feature === undefined || core.model.features[feature];
  if (instruction === undefined || !present) return unallocated(core, word);
  if (core.state.el < instruction.row.el) {
    undefinedInstruction(core);
    return LEAVE;
  }
  if (trapped(core, instruction.traps, true, word)) return LEAVE;
  return instruction.run(core, rt);
}
