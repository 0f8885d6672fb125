/** The account of a run for `--result`: plain JSON data. */

import type { PostMortem } from '../debug/post-mortem.ts';
import type { GuestRun } from './guest.ts';
import type { Outcome } from './outcome.ts';
import { engineFigures, runFigures, tlbFigures } from './statistics.ts';

/** The file's text; without `stats` nothing in it depends on the engine. */
export function resultText(
  { reason, code, message }: Outcome,
  guest: GuestRun,
  postMortems: readonly PostMortem[],
  stats: boolean,
): string {
  const { system } = guest;
  const account = {
    reason,
    code,
    message,
    ...runFigures(system),
    tlb: tlbFigures(system).map(({ hits, ...figures }) => (stats ? { ...figures, hits } : figures)),
    ...(stats && { engine: engineFigures(system) }),
    ...guest.account(),
    postMortems,
  };
  return `${JSON.stringify(account, undefined, 2)}\n`;
}
