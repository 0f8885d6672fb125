/** The ends that a run of a bare machine can have. */

/** Why a run ended; `code` where the guest gave one. `input`: a semihosting call waits for console input or its end. */
export type MachineEnd =
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'off' | 'reset' | 'budget' | 'stuck' | 'until' | 'failOn' | 'interrupted' | 'input' };

/** Where firmware services report what the guest asked for. */
export interface GuestEnds {
  /** Ends the run after the running instruction. */
  finish(end: MachineEnd): void;
}
