/** The ends that a run of a bare machine can have. */

/**
 * Why a run ended; `code` where the guest gave one. `input`: the guest waits for console input or its end, by a semihosting
 * call, or because nothing but the UART can wake it. `idle`: all CPUs wait and `System.longestIdleNs` have passed.
 */
export type MachineEnd =
  | { readonly reason: 'exit'; readonly code: number }
  | { readonly reason: 'off' | 'reset' | 'budget' | 'stuck' | 'until' | 'failOn' | 'interrupted' | 'input' | 'idle' };

/** Where firmware services report what the guest asked for. */
export interface GuestEnds {
  /** Ends the run after the running instruction. */
  finish(end: MachineEnd): void;
}
