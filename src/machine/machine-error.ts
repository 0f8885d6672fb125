/** An option that no machine has; the message is one line that says what to give instead. */
export class MachineError extends Error {}
