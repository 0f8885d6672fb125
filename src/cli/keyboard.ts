/** What is typed on the console, and who takes it. */

import type { GuestRun } from './guest.ts';
import type { Outcome } from './outcome.ts';

export interface Keyboard {
  /** The end of the run that somebody typed. */
  readonly end: Outcome | undefined;
  /** Ctrl-C is typed like any key, instead of ending the run. */
  readonly takesCtrlC: boolean;
  receive(bytes: Uint8Array): void;
}

/** A keyboard whose every byte is a guest's. */
export const plainKeyboard = (guest: Pick<GuestRun, 'input'>): Keyboard => ({
  end: undefined,
  takesCtrlC: false,
  receive: (bytes) => guest.input(bytes),
});
