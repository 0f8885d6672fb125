/** A small A64 assembler: enough instructions, with labels, for the programs of engine tests and benchmarks. */

import { keyOf } from '../system/words.ts';

/** Register 31: XZR or SP, as the instruction has it. */
export const ZR = 31;
export const SP = 31;
export const LR = 30;

/** Conditions in the order of the `cond` field. */
const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** log2 of the bytes of an access, by the suffix of the mnemonic. */
const SIZES = { b: 0, h: 1, w: 2, x: 3 } as const;
export type Size = keyof typeof SIZES;

/** A label that branches may name before it is placed. */
export interface Label {
  at: number | undefined;
}

interface Fixup {
  readonly at: number;
  readonly label: Label;
  /** Position and width of the offset in instructions; ADR is separate. */
  readonly shift: number;
  readonly width: number;
}

const EXCLUSIVE_LOAD = 0x085f_7c00;
const EXCLUSIVE_STORE = 0x0800_7c00;

/** Words from an address on. Registers are numbers; every operation is on X registers unless its name ends in W. */
export class Assembler {
  readonly words: number[] = [];
  private readonly fixups: Fixup[] = [];

  /** `base` is the VA of the first word. */
  constructor(readonly base: number) {}

  /** VA of the next word. */
  get here(): number {
    return this.base + this.words.length * 4;
  }
  /** VA of a label that has been placed. */
  va(label: Label): number {
    if (label.at === undefined) throw new Error('label is not placed');
    return this.base + label.at * 4;
  }
  word(...words: number[]): this {
    for (const word of words) this.words.push(word >>> 0);
    return this;
  }
  /** Fills with NOP up to a VA. */
  org(va: number): this {
    while (this.here < va) this.nop();
    return this;
  }
  label(): Label {
    return { at: undefined };
  }
  place(label: Label = this.label()): Label {
    label.at = this.words.length;
    return label;
  }
  private branch(word: number, label: Label, shift: number, width: number): this {
    this.fixups.push({ at: this.words.length, label, shift, width });
    return this.word(word);
  }

  /** The code, labels resolved. */
  code(): Uint8Array {
    for (const { at, label, shift, width } of this.fixups) {
      if (label.at === undefined) throw new Error('label is not placed');
      const offset = (label.at - at) & (2 ** width - 1);
      this.words[at] = (this.words[at] | (offset << shift)) >>> 0;
    }
    this.fixups.length = 0;
    return new Uint8Array(Uint32Array.from(this.words).buffer);
  }

  /** A 64-bit constant by MOVZ and MOVK. */
  mov(d: number, value: number | bigint): this {
    const bits = BigInt.asUintN(64, BigInt(value));
    this.word(0xd280_0000 | (Number(bits & 0xffffn) << 5) | d);
    for (let half = 1; half < 4; half++) {
      const part = Number((bits >> BigInt(half * 16)) & 0xffffn);
      if (part !== 0) this.word(0xf280_0000 | (half << 21) | (part << 5) | d);
    }
    return this;
  }
  /** The VA of a label that has been placed. */
  adr(d: number, label: Label): this {
    return this.mov(d, this.va(label));
  }
  movr(d: number, m: number): this {
    return this.word(0xaa00_03e0 | (m << 16) | d);
  }

  add(d: number, n: number, imm12: number): this {
    return this.word(0x9100_0000 | (imm12 << 10) | (n << 5) | d);
  }
  sub(d: number, n: number, imm12: number): this {
    return this.word(0xd100_0000 | (imm12 << 10) | (n << 5) | d);
  }
  subs(d: number, n: number, imm12: number): this {
    return this.word(0xf100_0000 | (imm12 << 10) | (n << 5) | d);
  }
  cmp(n: number, imm12: number): this {
    return this.subs(ZR, n, imm12);
  }
  addr(d: number, n: number, m: number): this {
    return this.word(0x8b00_0000 | (m << 16) | (n << 5) | d);
  }
  addsr(d: number, n: number, m: number): this {
    return this.word(0xab00_0000 | (m << 16) | (n << 5) | d);
  }
  subsr(d: number, n: number, m: number): this {
    return this.word(0xeb00_0000 | (m << 16) | (n << 5) | d);
  }
  adcsr(d: number, n: number, m: number): this {
    return this.word(0xba00_0000 | (m << 16) | (n << 5) | d);
  }
  sbcsrW(d: number, n: number, m: number): this {
    return this.word(0x7a00_0000 | (m << 16) | (n << 5) | d);
  }
  and(d: number, n: number, m: number): this {
    return this.word(0x8a00_0000 | (m << 16) | (n << 5) | d);
  }
  orr(d: number, n: number, m: number): this {
    return this.word(0xaa00_0000 | (m << 16) | (n << 5) | d);
  }
  eor(d: number, n: number, m: number): this {
    return this.word(0xca00_0000 | (m << 16) | (n << 5) | d);
  }
  /** d = n EOR (n shifted): `shift` 0 LSL, 1 LSR. */
  eorShifted(d: number, n: number, m: number, shift: 0 | 1, amount: number): this {
    return this.word(0xca00_0000 | (shift << 22) | (m << 16) | (amount << 10) | (n << 5) | d);
  }
  madd(d: number, n: number, m: number, a: number): this {
    return this.word(0x9b00_0000 | (m << 16) | (a << 10) | (n << 5) | d);
  }
  udiv(d: number, n: number, m: number): this {
    return this.word(0x9ac0_0800 | (m << 16) | (n << 5) | d);
  }
  lsr(d: number, n: number, by: number): this {
    return this.word(0xd340_fc00 | (by << 16) | (n << 5) | d);
  }
  csel(d: number, n: number, m: number, condition: Condition): this {
    return this.word(0x9a80_0000 | (m << 16) | (CONDITIONS.indexOf(condition) << 12) | (n << 5) | d);
  }
  ccmp(n: number, imm5: number, nzcv: number, condition: Condition): this {
    return this.word(0xfa40_0800 | (imm5 << 16) | (CONDITIONS.indexOf(condition) << 12) | (n << 5) | nzcv);
  }

  /** Load of register t at [n + offset], offset a multiple of the size. */
  ldr(t: number, n: number, offset = 0, size: Size = 'x'): this {
    const log2 = SIZES[size];
    return this.word(0x3940_0000 | (log2 << 30) | ((offset >> log2) << 10) | (n << 5) | t);
  }
  str(t: number, n: number, offset = 0, size: Size = 'x'): this {
    const log2 = SIZES[size];
    return this.word(0x3900_0000 | (log2 << 30) | ((offset >> log2) << 10) | (n << 5) | t);
  }
  /** Post-index: the base moves by `by`, -256 to 255. */
  ldrPost(t: number, n: number, by: number, size: Size = 'x'): this {
    return this.word(0x3840_0400 | (SIZES[size] << 30) | ((by & 0x1ff) << 12) | (n << 5) | t);
  }
  strPost(t: number, n: number, by: number, size: Size = 'x'): this {
    return this.word(0x3800_0400 | (SIZES[size] << 30) | ((by & 0x1ff) << 12) | (n << 5) | t);
  }
  ldpPost(t: number, t2: number, n: number, by: number): this {
    return this.word(0xa8c0_0000 | (((by >> 3) & 0x7f) << 15) | (t2 << 10) | (n << 5) | t);
  }
  stpPre(t: number, t2: number, n: number, by: number): this {
    return this.word(0xa980_0000 | (((by >> 3) & 0x7f) << 15) | (t2 << 10) | (n << 5) | t);
  }
  /** As EL0 would: LDTR. */
  ldtr(t: number, n: number): this {
    return this.word(0xf840_0800 | (n << 5) | t);
  }
  /** As EL0 would: STTR. */
  sttr(t: number, n: number, size: Size = 'x'): this {
    return this.word(0x3800_0800 | (SIZES[size] << 30) | (n << 5) | t);
  }
  ldxr(t: number, n: number, size: Size = 'x'): this {
    return this.word(EXCLUSIVE_LOAD | (SIZES[size] << 30) | (n << 5) | t);
  }
  stxr(s: number, t: number, n: number, size: Size = 'x'): this {
    return this.word(EXCLUSIVE_STORE | (SIZES[size] << 30) | (s << 16) | (n << 5) | t);
  }

  b(label: Label): this {
    return this.branch(0x1400_0000, label, 0, 26);
  }
  bl(label: Label): this {
    return this.branch(0x9400_0000, label, 0, 26);
  }
  bc(condition: Condition, label: Label): this {
    return this.branch(0x5400_0000 | CONDITIONS.indexOf(condition), label, 5, 19);
  }
  cbz(t: number, label: Label): this {
    return this.branch(0xb400_0000 | t, label, 5, 19);
  }
  cbnz(t: number, label: Label): this {
    return this.branch(0xb500_0000 | t, label, 5, 19);
  }
  /** Bit 0 to 31 of t. */
  tbnz(t: number, bit: number, label: Label): this {
    return this.branch(0x3700_0000 | (bit << 19) | t, label, 5, 14);
  }
  br(n: number): this {
    return this.word(0xd61f_0000 | (n << 5));
  }
  blr(n: number): this {
    return this.word(0xd63f_0000 | (n << 5));
  }
  ret(): this {
    return this.word(0xd65f_03c0);
  }

  nop(): this {
    return this.word(0xd503_201f);
  }
  wfi(): this {
    return this.word(0xd503_207f);
  }
  wfe(): this {
    return this.word(0xd503_205f);
  }
  sevl(): this {
    return this.word(0xd503_20bf);
  }
  isb(): this {
    return this.word(0xd503_3fdf);
  }
  dsb(): this {
    return this.word(0xd503_3f9f);
  }
  eret(): this {
    return this.word(0xd69f_03e0);
  }
  svc(imm16 = 0): this {
    return this.word(0xd400_0001 | (imm16 << 5));
  }
  hvc(imm16 = 0): this {
    return this.word(0xd400_0002 | (imm16 << 5));
  }
  smc(imm16 = 0): this {
    return this.word(0xd400_0003 | (imm16 << 5));
  }
  brk(imm16 = 0): this {
    return this.word(0xd420_0000 | (imm16 << 5));
  }
  hlt(imm16: number): this {
    return this.word(0xd440_0000 | (imm16 << 5));
  }
  daifset(bits: number): this {
    return this.word(0xd503_40df | (bits << 8));
  }
  daifclr(bits: number): this {
    return this.word(0xd503_40ff | (bits << 8));
  }
  spsel(bit: 0 | 1): this {
    return this.word(0xd500_40bf | (bit << 8));
  }
  /** System register or System instruction by name, from register t. */
  msr(name: string, t: number): this {
    return this.word(0xd500_0000 | (keyOf(name) << 5) | t);
  }
  mrs(t: number, name: string): this {
    return this.word(0xd520_0000 | (keyOf(name) << 5) | t);
  }
  /** MSR of a constant by way of register t. */
  msrConst(name: string, value: number | bigint, t = 0): this {
    return this.mov(t, value).msr(name, t);
  }
}
