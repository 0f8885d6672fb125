/** Parsers of the texts that set a trace filter: QEMU's `-dfilter`, exception levels, an instruction window. */

import { hex } from '../arch/addresses.ts';

/** VAs from `first` to `last`, both included. */
export interface AddressRange {
  first: bigint;
  last: bigint;
}

/** A filter text that cannot be used; the message is one line: what is wrong, where, and what is allowed. */
export class FilterError extends Error {
  override name = 'FilterError';
}

const NUMBER = '0[xX][0-9a-fA-F]+|[0-9]+';
const RANGE = new RegExp(`^(${NUMBER})(\\.\\.|\\+|-)(${NUMBER})$`);
const WINDOW = /^([0-9]*)\.\.([0-9]*)$/;
const LAST_ADDRESS = 2n ** 64n - 1n;

/** Ranges as in `0x8000..0x8fff,0xffffffc000080000+0x200,0x60000000-0x1000`: ends, start and size, last and size. */
export function parseAddressRanges(text: string): AddressRange[] {
  return text.split(',').map((part) => {
    const fail = (why: string) => new FilterError(`-dfilter: ${why} in '${part}'`);
    const match = RANGE.exec(part);
    if (match === null) throw fail('expected FIRST..LAST, START+SIZE or LAST-SIZE');
    const [left, right] = [BigInt(match[1]), BigInt(match[3])];
    const operator = match[2];
    if (operator !== '..' && right === 0n) throw fail('the size must not be 0');
    const first = operator === '-' ? left - (right - 1n) : left;
    const last = operator === '..' ? right : operator === '+' ? left + (right - 1n) : left;
    if (first < 0n || last > LAST_ADDRESS) throw fail('the range leaves the 64-bit address space');
    if (first > last) throw fail(`${hex(first)} is above ${hex(last)}`);
    return { first, last };
  });
}

/** Exception levels as in `0,1`. */
export function parseExceptionLevels(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^[0-2]$/.test(part))
      throw new FilterError(`exception levels are 0, 1 and 2, joined by commas, not '${part}'`);
    return Number(part);
  });
}

/** A window of retired instructions as in `1000..2000`, `1000..` or `..2000`; the end is not included. */
export function parseInstructionWindow(text: string): { from: number; to: number } {
  const match = WINDOW.exec(text);
  const from = Number(match?.[1] ?? '');
  const to = match?.[2] ? Number(match[2]) : Number.POSITIVE_INFINITY;
  if (match === null || from >= to) {
    throw new FilterError(`an instruction window is FROM..TO in decimal with FROM below TO, not '${text}'`);
  }
  return { from, to };
}
