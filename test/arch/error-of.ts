/** What an action throws, for tests of code that may fail in one way only. */

/** The error's class, or undefined when the action succeeds. */
export function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.constructor : error;
  }
  return undefined;
}
