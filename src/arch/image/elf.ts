/** Reader of ELF64 executables for little-endian AArch64: headers, loadable segments, entry point. */

import { hex } from '../addresses.ts';
import { readSymbols, type Symbol64 } from './elf-symbols.ts';
import { ImageError } from './image-error.ts';

/** A PT_LOAD segment. */
export interface Segment {
  /** Index in the program header table. */
  index: number;
  /** Where its bytes go: p_paddr, the machine's PA or a VM's IPA. */
  address: number;
  /** p_vaddr, the VA that it is linked for. */
  virtualAddress: bigint;
  /** Bytes from the file; a view of it. */
  bytes: Uint8Array;
  /** p_memsz: bytes in memory, at least `bytes.length`; the rest is zero. */
  memoryBytes: number;
  /** p_flags has PF_X. */
  executable: boolean;
}

/** An executable that passed every check. */
export interface Elf {
  /** Address of the first instruction, in the address space of `Segment.address`. */
  entry: number;
  /** In the order of the program header table; empty ones left out. */
  segments: Segment[];
  /** Ascending by value. */
  symbols: Symbol64[];
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const EM_AARCH64 = 183;
const PT_LOAD = 1;
const PF_X = 1;
const ADDRESS_LIMIT = 1n << 52n;

/** Names of e_machine values that people have at hand (System V ABI, "ELF Header"). */
const MACHINES: Record<number, string> = {
  2: 'SPARC',
  3: '32-bit x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 's390',
  40: '32-bit Arm (AArch32)',
  62: 'x86-64',
  94: 'Xtensa',
  243: 'RISC-V',
  247: 'BPF',
  258: 'LoongArch',
};
const TYPES: Record<number, string> = { 0: 'has no type', 1: 'is a relocatable object', 4: 'is a core dump' };

/** Whether a file begins with the ELF magic. */
export function isElf(file: Uint8Array): boolean {
  return file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46;
}

/** Reads a file that `isElf`. Throws ImageError at the first thing that is wrong; never anything else. */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  checkHeader(file, view);
  const segments = readSegments(file, view);
  checkOverlap(segments);
  return { entry: findEntry(view.getBigUint64(24, true), segments), segments, symbols: readSymbols(file, view) };
}

function checkHeader(file: Uint8Array, view: DataView): void {
  if (file.length < HEADER_BYTES) {
    throw new ImageError(`truncated ELF: ${file.length} bytes, its header alone has 64; copy or build it again`);
  }
  if (file[5] === 2)
    throw new ImageError('big-endian ELF; el2 needs little-endian AArch64: build without -mbig-endian');
  if (file[5] !== 1) throw new ImageError(`damaged ELF: EI_DATA at offset 0x5 is ${file[5]}; copy or build it again`);
  const machine = view.getUint16(18, true);
  if (machine !== EM_AARCH64) {
    const what = MACHINES[machine] ?? `machine ${machine}`;
    throw new ImageError(`ELF for ${what}; el2 needs AArch64: build it for aarch64`);
  }
  if (file[4] !== 2) throw new ImageError('32-bit ELF (ILP32) for AArch64; el2 needs ELF64: build it with -mabi=lp64');
  const type = view.getUint16(16, true);
  if (type !== 2 && type !== 3) {
    throw new ImageError(`ELF ${TYPES[type] ?? `has e_type ${type}`}, not an executable; link it first`);
  }
}

function readSegments(file: Uint8Array, view: DataView): Segment[] {
  const table = view.getBigUint64(32, true);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count > 0 && entryBytes !== PROGRAM_HEADER_BYTES) {
    throw new ImageError(`damaged ELF: e_phentsize at offset 0x36 is ${entryBytes}, not 56; build it again`);
  }
  if (table + BigInt(count * PROGRAM_HEADER_BYTES) > BigInt(file.length)) {
    throw new ImageError(
      `truncated ELF: ${count} program headers at offset ${hex(table)}, the file ends at ${hex(file.length)}; ` +
        'copy or build it again',
    );
  }
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = Number(table) + index * PROGRAM_HEADER_BYTES;
    if (view.getUint32(at, true) === PT_LOAD && view.getBigUint64(at + 40, true) > 0n) {
      segments.push(readSegment(file, view, at, index));
    }
  }
  if (segments.length === 0)
    throw new ImageError('ELF without a PT_LOAD segment: nothing to load; check the linker script');
  return segments;
}

function readSegment(file: Uint8Array, view: DataView, at: number, index: number): Segment {
  const offset = view.getBigUint64(at + 8, true);
  const address = view.getBigUint64(at + 24, true);
  const fileBytes = view.getBigUint64(at + 32, true);
  const memoryBytes = view.getBigUint64(at + 40, true);
  if (offset + fileBytes > BigInt(file.length)) {
    throw new ImageError(
      `truncated ELF: segment ${index} needs file bytes ${hex(offset)} to ${hex(offset + fileBytes)}, ` +
        `the file ends at ${hex(file.length)}; copy or build it again`,
    );
  }
  if (fileBytes > memoryBytes) {
    throw new ImageError(
      `damaged ELF: segment ${index} has p_filesz ${hex(fileBytes)} above p_memsz ${hex(memoryBytes)}; build it again`,
    );
  }
  if (address + memoryBytes > ADDRESS_LIMIT) {
    throw new ImageError(
      `ELF segment ${index} at ${hex(address)}, ${hex(memoryBytes)} bytes, ends above 52 bits; ` +
        'give it a physical address in RAM (AT in the linker script)',
    );
  }
  return {
    index,
    address: Number(address),
    virtualAddress: view.getBigUint64(at + 16, true),
    bytes: file.subarray(Number(offset), Number(offset + fileBytes)),
    memoryBytes: Number(memoryBytes),
    executable: (view.getUint32(at + 4, true) & PF_X) !== 0,
  };
}

function checkOverlap(segments: readonly Segment[]): void {
  const sorted = [...segments].sort((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1], sorted[i]];
    if (low.address + low.memoryBytes > high.address) {
      throw new ImageError(
        `ELF segments ${low.index} (${hex(low.address)} to ${hex(low.address + low.memoryBytes)}) and ${high.index} ` +
          `(from ${hex(high.address)}) overlap in physical memory; check the linker script`,
      );
    }
  }
}

/** e_entry is a VA where it lies in a segment's VAs, else it has to be a physical address already, as QEMU takes it. */
function findEntry(entry: bigint, segments: readonly Segment[]): number {
  if ((entry & 3n) !== 0n) {
    throw new ImageError(`ELF entry point ${hex(entry)} is not a multiple of 4; check ENTRY in the linker script`);
  }
  const code = segments.filter((s) => s.executable);
  const byVa = code.find((s) => entry >= s.virtualAddress && entry < s.virtualAddress + BigInt(s.bytes.length));
  if (byVa !== undefined) return byVa.address + Number(entry - byVa.virtualAddress);
  if (code.some((s) => entry >= BigInt(s.address) && entry < BigInt(s.address + s.bytes.length))) return Number(entry);
  throw new ImageError(`ELF entry point ${hex(entry)} is in no executable segment; check ENTRY in the linker script`);
}
