/** What a decoded block is. */

/** Where code lies, and what it is decoded for. */
export interface CodePlace {
  /** VA of the first instruction, in halves, and its PA. */
  readonly vaHi: number;
  readonly vaLo: number;
  readonly pa: number;
  /** Offset of the first instruction in linear memory. */
  readonly at: number;
  readonly flags: number;
}

/** A straight run of instructions in one page, decoded for one VA and one set of code flags. */
export interface Block extends CodePlace {
  readonly id: number;
  /** The instructions, as int32: V8 keeps uint32 in objects of their own. */
  readonly words: readonly number[];
  /** Address of the first record. */
  readonly start: number;
  /** Address of the first record of each instruction, and of the op after the last one. */
  readonly records: readonly number[];
  /** Address after the last record. */
  readonly end: number;
}
