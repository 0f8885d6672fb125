/** Parser of flattened device trees, safe on any bytes (Devicetree Specification v0.4, chapter 5). */

import { hex } from './addresses.ts';
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_HEADER_BYTES,
  FDT_MAGIC,
  FDT_NOP,
  FDT_PROP,
  FDT_RESERVATION_BYTES,
  type FdtNode,
} from './fdt.ts';

/** A blob that is no valid device tree; the message is one line with the offset. */
export class FdtError extends Error {
  override readonly name = 'FdtError';
}

/** A parsed blob. */
export interface Fdt {
  root: FdtNode;
  /** The boot CPU's `reg`. */
  bootCpu: number;
  /** Entries of the memory reservation block, 16 bytes each, without the one that ends it. */
  reservations: Uint8Array;
}

const OLDEST_VERSION = 16;
const NEWEST_VERSION = 17;
/** Deeper trees are refused, so that code that walks trees may recurse. */
const MAX_DEPTH = 64;
const MAX_NAME = 256;

/** Parses a blob of version 16 or 17. Throws FdtError, and nothing else. */
export function parseFdt(blob: Uint8Array): Fdt {
  const reader = new Reader(blob);
  return { root: reader.tree(), bootCpu: reader.bootCpu, reservations: reader.reservations() };
}

/** The big-endian uint32 cells of a property; an incomplete last one is dropped. */
export function cellsOf(value: Uint8Array): number[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length >> 2 }, (_, i) => view.getUint32(i * 4));
}

class Reader {
  private readonly view: DataView;
  private at: number;
  private readonly end: number;
  private readonly stringsAt: number;
  private readonly stringsEnd: number;
  private readonly reservationsAt: number;
  readonly bootCpu: number;

  constructor(private readonly blob: Uint8Array) {
    this.view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    if (blob.length < FDT_HEADER_BYTES)
      throw new FdtError(`truncated device tree: ${blob.length} bytes, its header has 40`);
    const [
      magic,
      total,
      structureAt,
      stringsAt,
      reservationsAt,
      version,
      compatible,
      bootCpu,
      stringsBytes,
      structureBytes,
    ] = cellsOf(blob.subarray(0, FDT_HEADER_BYTES));
    if (magic !== FDT_MAGIC) throw new FdtError(`no device tree: magic ${hex(magic)}, not ${hex(FDT_MAGIC)}`);
    if (total > blob.length)
      throw new FdtError(`truncated device tree: ${total} bytes by its header, ${blob.length} here`);
    if (version < OLDEST_VERSION || compatible > NEWEST_VERSION) {
      throw new FdtError(`device tree version ${version} (compatible to ${compatible}); 16 and 17 are supported`);
    }
    this.at = structureAt;
    this.end = version < NEWEST_VERSION ? total : structureAt + structureBytes;
    this.stringsAt = stringsAt;
    this.stringsEnd = stringsAt + stringsBytes;
    this.reservationsAt = reservationsAt;
    this.bootCpu = bootCpu;
    if (structureAt % 4 !== 0 || this.end > total || this.stringsEnd > total) {
      throw new FdtError('damaged device tree: its header puts a block outside the blob');
    }
  }

  reservations(): Uint8Array {
    const start = this.reservationsAt;
    for (let at = start; at + FDT_RESERVATION_BYTES <= this.blob.length; at += FDT_RESERVATION_BYTES) {
      const isEnd = this.blob.subarray(at, at + FDT_RESERVATION_BYTES).every((byte) => byte === 0);
      if (isEnd) return this.blob.slice(start, at);
    }
    throw new FdtError(`damaged device tree: its memory reservations at ${hex(start)} have no end`);
  }

  tree(): FdtNode {
    this.expect(FDT_BEGIN_NODE, 'the root node');
    const root = this.nodeHere(0);
    this.expect(FDT_END, 'the end of the tree');
    return root;
  }

  /** Reads a node whose FDT_BEGIN_NODE is already read. */
  private nodeHere(depth: number): FdtNode {
    if (depth > MAX_DEPTH) throw new FdtError(`device tree deeper than ${MAX_DEPTH} nodes at ${hex(this.at)}`);
    const name = this.textAt(this.at, this.end);
    this.skip(name.length + 1);
    const node: FdtNode = { name, properties: new Map(), children: [] };
    for (;;) {
      const at = this.at;
      const token = this.token();
      if (token === FDT_END_NODE) return node;
      if (token === FDT_BEGIN_NODE) node.children.push(this.nodeHere(depth + 1));
      else if (token === FDT_PROP && node.children.length === 0) this.property(node);
      else throw new FdtError(`damaged device tree: unexpected token ${token} at ${hex(at)}`);
    }
  }

  private property(node: FdtNode): void {
    const length = this.word();
    const name = this.textAt(this.stringsAt + this.word(), this.stringsEnd);
    const start = this.at;
    this.skip(length);
    if (node.properties.has(name)) throw new FdtError(`damaged device tree: ${name} twice in ${node.name || '/'}`);
    node.properties.set(name, this.blob.slice(start, start + length));
  }

  private expect(wanted: number, what: string): void {
    const at = this.at;
    const token = this.token();
    if (token !== wanted) throw new FdtError(`damaged device tree: token ${token} at ${hex(at)} instead of ${what}`);
  }

  private token(): number {
    for (;;) {
      const token = this.word();
      if (token !== FDT_NOP) return token;
    }
  }

  private word(): number {
    if (this.at + 4 > this.end) throw new FdtError(`truncated device tree: its structure ends at ${hex(this.at)}`);
    const value = this.view.getUint32(this.at);
    this.at += 4;
    return value;
  }

  /** Steps over `length` bytes and the padding to a multiple of 4. */
  private skip(length: number): void {
    const to = this.at + Math.ceil(length / 4) * 4;
    if (to > this.end)
      throw new FdtError(`truncated device tree: ${length} bytes at ${hex(this.at)} pass its structure`);
    this.at = to;
  }

  /** A name: printable ASCII, zero-terminated. */
  private textAt(at: number, end: number): string {
    const limit = Math.min(end, at + MAX_NAME);
    let text = '';
    for (let i = at; i < limit; i++) {
      if (this.blob[i] === 0) return text;
      if (this.blob[i] <= 0x20 || this.blob[i] >= 0x7f) break;
      text += String.fromCharCode(this.blob[i]);
    }
    throw new FdtError(`damaged device tree: ${hex(at)} holds no name`);
  }
}
