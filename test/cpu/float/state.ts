/** The registers that a floating-point instruction of the vectors reads and writes, as one block of bytes. */

/** V0 to V3 and X0 to X3: the registers that the words of the vectors name. */
export const REGISTERS = 4;
/** Offsets: the word, NZCV in bits 31 to 28, FPCR, FPSR, X0 to X3, V0 to V3. */
export const WORD = 0;
export const NZCV = 4;
export const FPCR = 8;
export const FPSR = 12;
export const X0 = 16;
export const V0 = X0 + 8 * REGISTERS;
export const STATE_BYTES = V0 + 16 * REGISTERS;

/** Views of one block; little-endian, as the guest is. */
export function viewOf(state: Uint8Array): DataView {
  return new DataView(state.buffer, state.byteOffset, state.byteLength);
}

/** A block as text: equal texts mean equal states, and a difference explains itself. */
export function describeState(state: Uint8Array): string[] {
  const view = viewOf(state);
  const hex = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, '0');
  const word = (at: number): string => hex(view.getUint32(at, true), 8);
  const double = (at: number): string => hex(view.getBigUint64(at, true), 16);
  return [
    `NZCV ${word(NZCV)} FPCR ${word(FPCR)} FPSR ${word(FPSR)}`,
    ...Array.from({ length: REGISTERS }, (_, n) => `X${n} ${double(X0 + 8 * n)}`),
    ...Array.from({ length: REGISTERS }, (_, n) => `V${n} ${double(V0 + 16 * n + 8)}_${double(V0 + 16 * n)}`),
  ];
}
