/** The error of a command line that cannot be carried out. */

/** Its message is one line: what is wrong, and what to give instead. The command ends with exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
