/** The ends that a run of a bare machine can have. */

/** Why a run ended; `code` where the guest gave one. */
export type MachineEnd =
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'off' | 'reset' | 'budget' | 'stuck' | 'until' | 'failOn' | 'interrupted' };

/** Where firmware services report what the guest asked for. */
export interface GuestEnds {
  /** Ends the run after the running instruction. */
  finish(end: MachineEnd): void;
}
