/** Turns op bodies into wasm bytes; what a token means is the target's business (interpreter or region). */

import type { Code, ConditionName, Token, ValueType } from '../ir/code.ts';
import type { Slot } from '../slots.ts';
import { typeByte } from './encoder.ts';

/** How one engine resolves the tokens of a body. */
export interface Target {
  operand(out: CodeWriter, operand: 'a' | 'b' | 'c', vector: boolean): void;
  imm(out: CodeWriter, high: boolean): void;
  get(out: CodeWriter, slot: Slot): void;
  set(out: CodeWriter, slot: Slot, value: Code): void;
  condition(out: CodeWriter, name: ConditionName): void;
  scratch(type: ValueType, index: number): number;
  crcTables(out: CodeWriter): void;
  slowLoad(out: CodeWriter, access: number, va: Code): void;
  slowStore(out: CodeWriter, access: number, va: Code, value: Code): void;
  alignmentFault(out: CodeWriter, access: number, va: Code): void;
  stackFault(out: CodeWriter): void;
  slowFloat(out: CodeWriter): void;
}

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BR = 0x0c;
const VOID = 0x40;

/** Bytes of a writer's first buffer, which doubles when it is full. */
const INITIAL_BYTES = 1024;

/** Code under construction, with the nesting depth that branches count from. */
export class CodeWriter {
  depth = 0;
  private buffer = new Uint8Array(INITIAL_BYTES);
  private length = 0;

  constructor(private readonly target: Target) {}

  emit(...codes: Code[]): void {
    for (const code of codes) this.one(code);
  }

  private one(code: Code): void {
    if (typeof code === 'number') this.byte(code);
    else if (Array.isArray(code)) for (const part of code) this.one(part);
    else this.token(code as Token);
  }

  private byte(value: number): void {
    if (this.length === this.buffer.length) {
      const { buffer } = this;
      this.buffer = new Uint8Array(buffer.length * 2);
      this.buffer.set(buffer);
    }
    this.buffer[this.length++] = value;
  }

  private uleb(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** What was written since the last time; the writer begins anew. */
  take(): Uint8Array {
    const bytes = this.buffer.slice(0, this.length);
    this.length = 0;
    return bytes;
  }

  private token(token: Token): void {
    const { target } = this;
    switch (token.kind) {
      case 'operand':
        return target.operand(this, token.operand, token.vector);
      case 'imm':
        return target.imm(this, token.high);
      case 'get':
        return target.get(this, token.slot);
      case 'set':
        return target.set(this, token.slot, token.value);
      case 'condition':
        return target.condition(this, token.name);
      case 'scratch':
        return this.local(0x20, target.scratch(token.local.type, token.local.index));
      case 'let':
        this.one(token.value);
        return this.local(token.tee ? 0x22 : 0x21, target.scratch(token.local.type, token.local.index));
      case 'if':
        return this.when(
          token.cond,
          () => this.one(token.then),
          () => this.one(token.else),
          token.type,
        );
      case 'crcTables':
        return target.crcTables(this);
      case 'slowLoad':
        return target.slowLoad(this, token.access, token.va);
      case 'slowStore':
        return target.slowStore(this, token.access, token.va, token.value);
      case 'alignmentFault':
        return target.alignmentFault(this, token.access, token.va);
      case 'stackFault':
        return target.stackFault(this);
      case 'slowFloat':
        return target.slowFloat(this);
    }
  }

  /** `local.get` 0x20, `local.set` 0x21, `local.tee` 0x22. */
  local(op: 0x20 | 0x21 | 0x22, index: number): void {
    this.byte(op);
    this.uleb(index);
  }

  /** Opens a block or loop; returns the depth to give to `br`. */
  open(kind: 'block' | 'loop'): number {
    this.byte(kind === 'block' ? BLOCK : LOOP);
    this.byte(VOID);
    return ++this.depth;
  }
  close(): void {
    this.depth--;
    this.byte(END);
  }
  /** Branches to the construct that `open` returned `label` for. */
  br(label: number): void {
    this.byte(BR);
    this.uleb(this.depth - label);
  }

  when(cond: Code, then: () => void, otherwise?: () => void, type?: ValueType): void {
    this.one(cond);
    this.byte(IF);
    this.byte(type === undefined ? VOID : typeByte(type));
    this.depth++;
    then();
    if (otherwise !== undefined) {
      this.byte(ELSE);
      otherwise();
    }
    this.close();
  }
}
