/** What the user is told on stderr: errors in one line, the end of a run, a post-mortem where it was abnormal. */

import { hex } from '../arch/addresses.ts';
import { type PostMortemInput, postMortemText } from '../debug/post-mortem.ts';
import type { BugOutcome } from './drive.ts';
import type { GuestRun } from './guest.ts';
import type { Outcome } from './outcome.ts';

/** One line about an error of el2 itself; its stack when `debug` asks for it. */
export function bugText(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const advice = 'please report it with the command line and the image; EL2_DEBUG=1 shows the stack';
  const stack = debug && error instanceof Error ? `${error.stack}\n` : '';
  return `el2: a bug in el2: ${message.split('\n')[0]}; ${advice}\n${stack}`;
}

/** What a post-mortem of the run says; undefined when a bug has left nothing that can be read. */
export function postMortemOf(end: Outcome, guest: GuestRun): PostMortemInput | undefined {
  const { reason, message } = end;
  try {
    return { reason, message, instructions: guest.system.retired, ...guest.scene() };
  } catch (error) {
    if (reason === 'bug') return undefined;
    throw error;
  }
}

const isBug = (end: Outcome): end is BugOutcome => end.reason === 'bug';

/** The end of a run on stderr; nothing when it is one that somebody wanted. */
export function endText(end: Outcome, guest: GuestRun, report: PostMortemInput | undefined, debug: boolean): string {
  const head = isBug(end) ? bugText(end.error, debug) : '';
  if (report !== undefined) return `${head}el2: ${postMortemText(report)}\n`;
  if (end.reason !== 'interrupted' && end.reason !== 'terminated') return head;
  const { state, vm, symbols } = guest.scene();
  const where = `EL${state.el}${vm === undefined ? '' : ` of VM ${vm}`}, PC ${hex(state.pc)}${symbols.suffix(state.pc)}`;
  return `el2: ${end.message} after ${guest.system.instructions} instructions, at ${where}\n`;
}
