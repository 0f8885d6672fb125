/** The error of everything here: one line that says what is missing and what to do. */

export class GuestsError extends Error {}
