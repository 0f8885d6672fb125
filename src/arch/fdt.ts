/** Flattened device trees: the tree as values, and its encoding as a blob (Devicetree Specification v0.4, chapter 5). */

/** A node. Property order and child order are kept in the blob. */
export interface FdtNode {
  /** Name with unit address; empty for the root. */
  name: string;
  /** Values as the blob holds them: cells are big-endian uint32. */
  properties: Map<string, Uint8Array>;
  children: FdtNode[];
}

export const FDT_MAGIC = 0xd00d_feed;
export const FDT_BEGIN_NODE = 1;
export const FDT_END_NODE = 2;
export const FDT_PROP = 3;
export const FDT_NOP = 4;
export const FDT_END = 9;
export const FDT_HEADER_BYTES = 40;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
/** An entry of the memory reservation block: address and size as uint64. Two zeros end the block. */
export const FDT_RESERVATION_BYTES = 16;

/** Makes a node. */
export function node(name: string, properties: Record<string, Uint8Array>, children: FdtNode[] = []): FdtNode {
  return { name, properties: new Map(Object.entries(properties)), children };
}

/** A property of uint32 cells; phandles are cells too. */
export function cells(...values: number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return out;
}

/** A property of uint64 values, each two cells; addresses and sizes up to 2^53. */
export function u64s(...values: number[]): Uint8Array {
  return cells(...values.flatMap((value) => [Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000]));
}

/** A property of zero-terminated strings, in UTF-8. */
export function strings(...values: string[]): Uint8Array {
  const bytes = encodeURIComponent(`${values.join('\0')}\0`).match(/%..|[^%]/g) ?? [];
  return Uint8Array.from(bytes, (text) =>
    text.length === 3 ? Number.parseInt(text.slice(1), 16) : text.charCodeAt(0),
  );
}

/** A property that is true by being there. */
export const flag = (): Uint8Array => new Uint8Array(0);

/**
 * Encodes a tree as a version 17 blob without padding; `bootCpu` is the boot CPU's `reg`, `reservations` the entries of
 * the memory reservation block as `Fdt` has them.
 */
export function encodeFdt(root: FdtNode, bootCpu = 0, reservations: Uint8Array = new Uint8Array(0)): Uint8Array {
  const structure = new Block();
  const names = new Block();
  emit(root, structure, names, new Map());
  structure.word(FDT_END);

  const structureAt = FDT_HEADER_BYTES + reservations.length + FDT_RESERVATION_BYTES;
  const stringsAt = structureAt + structure.bytes.length;
  const total = stringsAt + names.bytes.length;
  const out = new Uint8Array(total);
  const header = [FDT_MAGIC, total, structureAt, stringsAt, FDT_HEADER_BYTES, VERSION, LAST_COMPATIBLE_VERSION];
  out.set(cells(...header, bootCpu, names.bytes.length, structure.bytes.length));
  out.set(reservations, FDT_HEADER_BYTES);
  out.set(structure.bytes, structureAt);
  out.set(names.bytes, stringsAt);
  return out;
}

class Block {
  readonly bytes: number[] = [];

  append(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte);
  }
  word(value: number): void {
    this.append(cells(value));
  }
  /** Appends bytes and pads to a multiple of 4. */
  padded(bytes: Uint8Array): void {
    this.append(bytes);
    while (this.bytes.length % 4 !== 0) this.bytes.push(0);
  }
}

/** Appends a node to the structure block, and to `names` each property name that `offsets` does not know yet. */
function emit(tree: FdtNode, structure: Block, names: Block, offsets: Map<string, number>): void {
  structure.word(FDT_BEGIN_NODE);
  structure.padded(strings(tree.name));
  for (const [name, value] of tree.properties) {
    const at = offsets.get(name) ?? names.bytes.length;
    if (at === names.bytes.length) {
      offsets.set(name, at);
      names.append(strings(name));
    }
    structure.word(FDT_PROP);
    structure.word(value.length);
    structure.word(at);
    structure.padded(value);
  }
  for (const child of tree.children) emit(child, structure, names, offsets);
  structure.word(FDT_END_NODE);
}

/** A blob with free bytes behind its tree, up to `bytes` in all, for firmware that adds to the tree where it lies. */
export function withRoom(blob: Uint8Array, bytes: number): Uint8Array {
  if (blob.length >= bytes) return blob;
  const out = new Uint8Array(bytes);
  out.set(blob);
  new DataView(out.buffer).setUint32(4, bytes);
  return out;
}
