/** Type of the search for the compiler. */
export function compiler(firmware: string): string;
