/** Reader of an ELF64 file's symbol table, for traces and post-mortems. */

import { hex } from '../addresses.ts';
import { ImageError } from './image-error.ts';

/** A named address. */
export interface Symbol64 {
  /** At most 1,024 characters: a longer name is cut, so that hostile tables stay proportional to the file. */
  name: string;
  /** VA. */
  value: bigint;
  /** Bytes that it names; 0 when unknown. */
  size: number;
  kind: 'function' | 'object' | 'other';
}

const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const SHT_SYMTAB = 2;
const SHN_UNDEF = 0;
const STT_SECTION = 3;
const STT_FILE = 4;
const MAX_NAME = 1024;

/**
 * Symbols of the first SHT_SYMTAB section, ascending by value; none if the file is stripped. Undefined, section, file
 * and mapping symbols ($x, $d) are left out. `file` is an ELF64 file with a checked header, `view` the same bytes.
 * Throws ImageError.
 */
export function readSymbols(file: Uint8Array, view: DataView): Symbol64[] {
  const table = view.getBigUint64(40, true);
  const count = view.getUint16(60, true);
  if (table === 0n || count === 0) return [];
  if (view.getUint16(58, true) !== SECTION_HEADER_BYTES) {
    throw new ImageError(
      `damaged ELF: e_shentsize at offset 0x3a is ${view.getUint16(58, true)}, not 64; build it again`,
    );
  }
  checkExtent('section headers', table, BigInt(count * SECTION_HEADER_BYTES), file.length);
  for (let i = 0; i < count; i++) {
    const at = Number(table) + i * SECTION_HEADER_BYTES;
    if (view.getUint32(at + 4, true) !== SHT_SYMTAB) continue;
    const link = view.getUint32(at + 40, true);
    if (link >= count)
      throw new ImageError(`damaged ELF: symbol section ${i} names string section ${link} of ${count}`);
    const symbols = section(file, view, at, `symbol section ${i}`);
    const strings = section(file, view, Number(table) + link * SECTION_HEADER_BYTES, `string section ${link}`);
    return decode(symbols, strings);
  }
  return [];
}

function section(file: Uint8Array, view: DataView, header: number, what: string): Uint8Array {
  const offset = view.getBigUint64(header + 24, true);
  const size = view.getBigUint64(header + 32, true);
  checkExtent(what, offset, size, file.length);
  return file.subarray(Number(offset), Number(offset + size));
}

function checkExtent(what: string, offset: bigint, size: bigint, fileBytes: number): void {
  if (offset + size > BigInt(fileBytes)) {
    throw new ImageError(
      `truncated ELF: ${what} at ${hex(offset)}, ${hex(size)} bytes, the file ends at ${hex(fileBytes)}; ` +
        'copy or build it again, or strip it',
    );
  }
}

function decode(table: Uint8Array, strings: Uint8Array): Symbol64[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const symbols: Symbol64[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= table.length; at += SYMBOL_BYTES) {
    const type = table[at + 4] & 15;
    if (view.getUint16(at + 6, true) === SHN_UNDEF || type === STT_SECTION || type === STT_FILE) continue;
    const name = nameAt(strings, view.getUint32(at, true));
    if (name === '' || name.startsWith('$')) continue;
    symbols.push({
      name,
      value: view.getBigUint64(at + 8, true),
      size: Number(view.getBigUint64(at + 16, true)),
      kind: type === 2 ? 'function' : type === 1 ? 'object' : 'other',
    });
  }
  return symbols.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
}

function nameAt(strings: Uint8Array, at: number): string {
  let name = '';
  for (let i = at; i < strings.length && i < at + MAX_NAME && strings[i] !== 0; i++)
    name += String.fromCharCode(strings[i]);
  return name;
}
