/** Turns op bodies into wasm bytes; what a token means is the target's business (interpreter or region). */

import { type Code, type ConditionName, type Token, uleb, type ValueType } from '../ir/code.ts';
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
const VOID = 0x40;

/** Code under construction, with the nesting depth that branches count from. */
export class CodeWriter {
  readonly bytes: number[] = [];
  depth = 0;

  constructor(private readonly target: Target) {}

  emit(...codes: Code[]): void {
    for (const code of codes) this.one(code);
  }

  private one(code: Code): void {
    if (typeof code === 'number') this.bytes.push(code);
    else if ('kind' in code) this.token(code);
    else for (const part of code) this.one(part);
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
    this.bytes.push(op, ...uleb(index));
  }
  call(index: number): void {
    this.bytes.push(0x10, ...uleb(index));
  }

  /** Opens a block or loop; returns the depth to give to `br`. */
  open(kind: 'block' | 'loop'): number {
    this.bytes.push(kind === 'block' ? BLOCK : LOOP, VOID);
    return ++this.depth;
  }
  close(): void {
    this.depth--;
    this.bytes.push(END);
  }
  /** Branches to the construct that `open` returned `label` for. */
  br(label: number): void {
    this.bytes.push(0x0c, ...uleb(this.depth - label));
  }

  when(cond: Code, then: () => void, otherwise?: () => void, type?: ValueType): void {
    this.one(cond);
    this.bytes.push(IF, type === undefined ? VOID : typeByte(type));
    this.depth++;
    then();
    if (otherwise !== undefined) {
      this.bytes.push(ELSE);
      otherwise();
    }
    this.close();
  }
}
