/** What the user is told on stderr: errors in one line, the end of a run, a post-mortem where it was abnormal. */

import { hex } from '../arch/addresses.ts';
import { type PostMortem, postMortem, postMortemText } from '../debug/post-mortem.ts';
import type { Host } from '../host/host.ts';
import type { BugOutcome } from './drive.ts';
import type { GuestRun, Scene } from './guest.ts';
import { isAbnormal, type Outcome } from './outcome.ts';

/** One line about an error of el2 itself; its stack when `debug` asks for it. */
export function bugText(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const advice = 'please report it with the command line and the image; EL2_DEBUG=1 shows the stack';
  const stack = debug && error instanceof Error ? `${error.stack}\n` : '';
  return `el2: a bug in el2: ${message.split('\n')[0]}; ${advice}\n${stack}`;
}

const isBug = (end: Outcome): end is BugOutcome => end.reason === 'bug';

/** Tells the ends of guests on stderr as they come, each once, and keeps the post-mortems for the account. */
export class Reports {
  readonly postMortems: PostMortem[] = [];
  private readonly told = new Set<Outcome>();

  /** `flush` hands on what guests have printed until then. */
  constructor(
    private readonly host: Pick<Host, 'stderr' | 'debug'>,
    private readonly flush: () => void,
  ) {}

  /** Takes the end of one guest of several, which nobody wanted. */
  readonly failure = (end: Outcome, scene: Scene): void => {
    const input = { ...scene, reason: end.reason, message: end.message };
    this.told.add(end);
    this.postMortems.push(postMortem(input));
    this.write(`el2: ${postMortemText(input)}\n`);
  };

  /** Takes the end of the run; there is nothing to say when it is one that somebody wanted. */
  end(end: Outcome, guest: GuestRun): void {
    if (this.told.has(end)) return;
    if (isBug(end)) this.write(bugText(end.error, this.host.debug));
    const isStopped = end.reason === 'interrupted' || end.reason === 'terminated';
    if (!isAbnormal(end) && !isStopped) return;
    const scene = sceneOf(end, guest);
    if (scene === undefined) return;
    if (isStopped) this.write(stoppedText(end, scene));
    else this.failure(end, scene);
  }

  private write(text: string): void {
    this.flush();
    this.host.stderr.write(text);
  }
}

/** Where the run stands; undefined when a bug has left nothing that can be read. */
function sceneOf(end: Outcome, guest: GuestRun): Scene | undefined {
  try {
    return guest.scene();
  } catch (error) {
    if (isBug(end)) return undefined;
    throw error;
  }
}

function stoppedText({ message }: Outcome, { state, vm, symbols, instructions }: Scene): string {
  const where = `EL${state.el}${vm === undefined ? '' : ` of VM ${vm}`}, PC ${hex(state.pc)}${symbols.suffix(state.pc)}`;
  return `el2: ${message} after ${instructions} instructions, at ${where}\n`;
}
