/** Faults and fault status codes in words. */

import { hex } from '../arch/addresses.ts';
import { type Fault, type FaultKind, faultStatusCode } from '../arch/fault.ts';

const WORDS: Record<FaultKind, string> = {
  addressSize: 'address size fault',
  translation: 'translation fault',
  accessFlag: 'access flag fault',
  permission: 'permission fault',
  alignment: 'alignment fault',
  external: 'synchronous external abort',
  externalOnWalk: 'synchronous external abort on a table walk',
};

/** A kind with its level, which alignment faults and external aborts of the access itself have not. */
const kindText = (kind: FaultKind, level: number): string =>
  kind === 'alignment' || kind === 'external' ? WORDS[kind] : `${WORDS[kind]}, level ${level}`;

const STATUS_TEXTS = new Map<number, string>([
  [0x22, 'debug exception'],
  [0x30, 'TLB conflict abort'],
]);
for (const kind of Object.keys(WORDS) as FaultKind[]) {
  for (let level = 0; level <= 3; level++) STATUS_TEXTS.set(faultStatusCode(kind, level), kindText(kind, level));
}

/** A DFSC or IFSC (ESR_ELx.ISS[5:0]) in words. */
export const faultStatusText = (status: number): string => STATUS_TEXTS.get(status) ?? `reserved status ${hex(status)}`;

/** A fault of a translation in words: stage, kind, level and, where the stage-1 walk met it, the descriptor. */
export function faultText({ kind, stage, level, s1ptw, ipa }: Fault): string {
  const where = s1ptw ? ` for the stage-1 descriptor at IPA ${hex(ipa)}` : '';
  return `stage ${stage} ${kindText(kind, level)}${where}`;
}
