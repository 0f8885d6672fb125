/** Writes WebAssembly modules: types, imports, functions, exports, code (WebAssembly core specification, "Binary Format"). */

import { uleb, type ValueType } from '../ir/code.ts';

const TYPE_BYTES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
export const typeByte = (type: ValueType): number => TYPE_BYTES[type];

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

interface FunctionBody {
  readonly type: number;
  readonly locals: readonly ValueType[];
  /** In pieces. */
  readonly code: readonly Bytes[];
}

type Bytes = readonly number[] | Uint8Array;

const text = (value: string): number[] => {
  const bytes = Array.from(value, (ch) => ch.charCodeAt(0));
  return [...uleb(bytes.length), ...bytes];
};
const vector = (items: readonly (readonly number[])[]): number[] => [...uleb(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...uleb(content.length), ...content];

const END = [0x0b];
const lengthOf = (parts: readonly Bytes[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** One module with its memory, and optionally a table, imported from `env`. */
export class ModuleWriter {
  private readonly types: Signature[] = [];
  private readonly imports: number[][] = [];
  private importedFunctions = 0;
  private importedGlobals = 0;
  private readonly functions: FunctionBody[] = [];
  private readonly exports: number[][] = [];

  constructor() {
    this.imports.push([...text('env'), ...text('memory'), 0x02, 0x00, ...uleb(1)]);
  }

  /** Index of a function type. */
  type(signature: Signature): number {
    const same = (t: Signature) =>
      t.params.join() === signature.params.join() && t.results.join() === signature.results.join();
    const found = this.types.findIndex(same);
    return found >= 0 ? found : this.types.push(signature) - 1;
  }

  /** Imports a function; all imports come before `func`. Returns its index. */
  importFunction(name: string, signature: Signature): number {
    this.imports.push([...text('env'), ...text(name), 0x00, ...uleb(this.type(signature))]);
    return this.importedFunctions++;
  }

  /** Imports an immutable i32. Returns its index. */
  importConstant(name: string): number {
    this.imports.push([...text('env'), ...text(name), 0x03, typeByte('i32'), 0x00]);
    return this.importedGlobals++;
  }

  /** Imports the function table. */
  importTable(name: string): void {
    this.imports.push([...text('env'), ...text(name), 0x01, 0x70, 0x00, ...uleb(1)]);
  }

  /** Adds a function, exported if it has a name; `code`, in pieces, excludes the final `end`. Returns its index. */
  func(name: string | undefined, signature: Signature, locals: readonly ValueType[], code: readonly Bytes[]): number {
    const index = this.importedFunctions + this.functions.push({ type: this.type(signature), locals, code }) - 1;
    if (name !== undefined) this.exports.push([...text(name), 0x00, ...uleb(index)]);
    return index;
  }

  /** The module's bytes. */
  bytes(): Uint8Array {
    const types = this.types.map(({ params, results }) => [
      0x60,
      ...vector(params.map((p) => [typeByte(p)])),
      ...vector(results.map((r) => [typeByte(r)])),
    ]);
    const parts: readonly Bytes[] = [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, vector(types)),
      section(2, vector(this.imports)),
      section(3, vector(this.functions.map((f) => uleb(f.type)))),
      section(7, vector(this.exports)),
      ...this.codeSection(),
    ];
    const out = new Uint8Array(lengthOf(parts));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** In pieces, so that long function bodies are copied once. */
  private codeSection(): readonly Bytes[] {
    const bodies = this.functions.flatMap(({ locals, code }): Bytes[] => {
      const head = vector(locals.map((type) => [1, typeByte(type)]));
      return [[...uleb(head.length + lengthOf(code) + END.length), ...head], ...code, END];
    });
    const count = uleb(this.functions.length);
    return [[10, ...uleb(count.length + lengthOf(bodies)), ...count], ...bodies];
  }
}
