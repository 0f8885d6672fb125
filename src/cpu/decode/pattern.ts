/** Encoding diagrams as text: fixed bits and named fields, read as the Arm ARM draws them, 31 on the left. */

/** Width in bits of each field that diagrams name without one; others are written `name:width`. */
// biome-ignore format: one table
const FIELD_WIDTHS: Readonly<Record<string, number>> = {
  Rd: 5, Rn: 5, Rm: 5, Ra: 5, Rt: 5, Rt2: 5, Rs: 5, sf: 1, sh: 1, S: 1, N: 1, L: 1, V: 1, A: 1, R: 1, U: 1, o0: 1, o1: 1,
  o2: 1, o3: 1, op: 1, b5: 1, Z: 1, M: 1, imm3: 3, imm6: 6, imm7: 7, imm9: 9, imm12: 12, imm14: 14, imm16: 16, imm19: 19,
  imm26: 26, immr: 6, imms: 6, immlo: 2, immhi: 19, cond: 4, nzcv: 4, shift: 2, option: 3, hw: 2, size: 2, opc: 2, sz: 2,
  b40: 5, imm5: 5, op1: 3, op2: 3, CRn: 4, CRm: 4, opcode: 6, opcode2: 5,
};

type FieldName<T extends string> = T extends `${'0' | '1'}${string}` ? never : T extends `${infer N}:${string}` ? N : T;
/** The names of the fields in a pattern, as a type. */
export type FieldNames<P extends string> = P extends `${infer H} ${infer R}`
  ? FieldName<H> | FieldNames<R>
  : FieldName<P>;
/** Field values, unsigned. */
export type Fields<P extends string> = Record<FieldNames<P>, number>;

export interface FieldPosition {
  readonly name: string;
  readonly shift: number;
  readonly width: number;
}

export interface Pattern {
  /** Bits that are fixed, and their values; both uint32. */
  readonly mask: number;
  readonly value: number;
  readonly fields: readonly FieldPosition[];
  /** What `fieldsOf` fills. */
  readonly values: Record<string, number>;
}

/** Reads a diagram of 32 bits. Throws on an unknown field, a repeated one, or a wrong total width. */
export function parsePattern(text: string): Pattern {
  let mask = 0;
  let value = 0;
  let at = 32;
  const fields: FieldPosition[] = [];
  for (const token of text.split(' ')) {
    if (/^[01]+$/.test(token)) {
      for (const bit of token) {
        at--;
        mask |= 1 << at;
        if (bit === '1') value |= 1 << at;
      }
      continue;
    }
    const [name, explicit] = token.split(':');
    const bits = explicit === undefined ? FIELD_WIDTHS[name] : Number(explicit);
    if (bits === undefined || !(bits > 0)) throw new Error(`pattern '${text}': unknown field '${token}'`);
    if (fields.some((f) => f.name === name)) throw new Error(`pattern '${text}': field '${name}' twice`);
    at -= bits;
    fields.push({ name, shift: at, width: bits });
  }
  if (at !== 0) throw new Error(`pattern '${text}' has ${32 - at} bits, not 32`);
  const values = Object.fromEntries(fields.map((field) => [field.name, 0]));
  return { mask: mask >>> 0, value: value >>> 0, fields, values };
}

/** Values of the fields in a word, in an object that holds until the pattern's next word: decoding is hot. */
export function fieldsOf({ fields, values }: Pattern, word: number): Readonly<Record<string, number>> {
  for (const { name, shift, width } of fields) values[name] = (word >>> shift) & ((1 << width) - 1);
  return values;
}
