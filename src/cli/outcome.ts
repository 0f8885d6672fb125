/** How a run can end, the exit code of each end, and whether it deserves a post-mortem. */

/** Words that `--result` uses. */
export type Reason = keyof typeof ENDS;

interface End {
  /** Exit code; undefined: the guest's. */
  readonly code: number | undefined;
  /** Nobody wanted this end: the post-mortem tells how it came about. */
  readonly abnormal: boolean;
}

const ENDS = {
  exit: { code: undefined, abnormal: false },
  off: { code: 0, abnormal: false },
  reset: { code: 0, abnormal: false },
  quit: { code: 0, abnormal: false },
  until: { code: 0, abnormal: false },
  failOn: { code: 1, abnormal: true },
  outOfMemory: { code: 1, abnormal: true },
  bug: { code: 70, abnormal: true },
  timeout: { code: 124, abnormal: true },
  instructionLimit: { code: 125, abnormal: true },
  stuck: { code: 126, abnormal: true },
  unhandled: { code: 127, abnormal: true },
  interrupted: { code: 130, abnormal: false },
  terminated: { code: 143, abnormal: false },
  outputClosed: { code: 141, abnormal: false },
} as const satisfies Record<string, End>;

/** An end that a run came to. */
export interface Outcome {
  readonly reason: Reason;
  /** Exit code of the process, 0 to 255. */
  readonly code: number;
  /** One sentence for people. */
  readonly message: string;
}

/** Makes an outcome; `guestCode` is what the guest exited with, for the reason `exit`. */
export function outcome(reason: Reason, message: string, guestCode = 0): Outcome {
  return { reason, code: ENDS[reason].code ?? guestCode & 0xff, message };
}

/** Whether nobody wanted this end. */
export const isAbnormal = ({ reason }: Outcome): boolean => ENDS[reason].abnormal;
