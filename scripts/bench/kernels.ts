/** The kernels of the benchmark: those of the firmware's guests, how often each runs and what it must print. */

import { readFileSync } from 'node:fs';
import { readElf } from '../../src/arch/image/elf.ts';
import { ASSEMBLY } from './assembly.ts';
import { hostile } from './hostile.ts';
import type { Place, Program } from './program.ts';

const IMAGES = 'firmware/images/bench';
const SOURCES = 'firmware/guests/bench';
const MEMORY_MIB = 128;

/** A guest of the firmware package with these doublewords written, by their symbols. */
function patched(guest: string, values: Readonly<Record<string, number>>): Uint8Array {
  const path = `${IMAGES}/${guest}.elf`;
  const file = Uint8Array.from(readFileSync(path));
  const { segments, symbols } = readElf(file);
  for (const [symbol, value] of Object.entries(values)) {
    const va = symbols.find(({ name }) => name === symbol)?.value;
    const segment = segments.find(
      (s) => va !== undefined && va >= s.virtualAddress && va < s.virtualAddress + BigInt(s.bytes.length),
    );
    if (va === undefined || segment === undefined) throw new Error(`${path} has no ${symbol}`);
    const at = segment.bytes.byteOffset + Number(va - segment.virtualAddress);
    new DataView(file.buffer).setBigUint64(at, BigInt(value), true);
  }
  return file;
}

interface Kernel {
  readonly name: string;
  readonly unit: string;
  /** Units of one round. */
  readonly perRound: number;
  readonly guest: string;
  /** The number of the kernel in its guest. */
  readonly kernel?: number;
  readonly rounds: number;
  readonly checksum: string;
  readonly place?: Place;
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly isPortable?: boolean;
}

export function firmware(options: Kernel): Program {
  const { name, unit, perRound, guest, kernel = 0, rounds, checksum, isPortable = false } = options;
  const { place = 'EL1', memoryMib = MEMORY_MIB, cpus = 1 } = options;
  return {
    name,
    unit,
    count: rounds * perRound,
    place,
    memoryMib,
    cpus,
    checksum,
    image: () => patched(guest, { bench_kernel: kernel, bench_rounds: rounds }),
    ...(isPortable && { native: { path: `${SOURCES}/${guest}/main.c`, kernel, rounds } }),
  };
}

// biome-ignore format: a table
const FIRMWARE: readonly Kernel[] = [
  { name: 'integer mix', unit: 'instruction', perRound: 2_900_000, guest: 'integer', rounds: 40, checksum: 'a975759d', isPortable: true },
  { name: 'indirect calls', unit: 'call', perRound: 1000, guest: 'calls', rounds: 3000, checksum: 'b95e80823990df81' },
  { name: 'pointer chase, 64 MiB', unit: 'step', perRound: 2 ** 20, guest: 'memory', rounds: 8, checksum: 'aceb7a5d1e400000' },
  { name: 'memory copy, 64 MiB', unit: 'MiB', perRound: 32, guest: 'memory', kernel: 1, rounds: 8, checksum: '974a701d05ced000' },
  { name: 'bytes and strings', unit: 'byte', perRound: 65_535, guest: 'memory', kernel: 2, rounds: 40, checksum: 'cbe2fb7014de89c0' },
  { name: 'FP scalar', unit: 'round', perRound: 1, guest: 'float', rounds: 20, checksum: '8baa0229ac8d7f86' },
  { name: 'FP and SIMD vector', unit: 'round', perRound: 1, guest: 'float', kernel: 1, rounds: 60, checksum: '67a3b46348cb9f80' },
  { name: 'AES', unit: 'KiB', perRound: 16, guest: 'crypto', rounds: 200, checksum: '3e5c15f2334a875a' },
  { name: 'SHA-1', unit: 'KiB', perRound: 16, guest: 'crypto', kernel: 1, rounds: 200, checksum: 'ad72fa0f5cbf80e2' },
  { name: 'SHA-256', unit: 'KiB', perRound: 16, guest: 'crypto', kernel: 2, rounds: 200, checksum: 'facd103004ecce87' },
  { name: 'PMULL', unit: 'KiB', perRound: 16, guest: 'crypto', kernel: 3, rounds: 500, checksum: 'a8ef49f7d2b4cccd' },
  { name: 'code generation', unit: 'function', perRound: 1, guest: 'calls', kernel: 1, rounds: 20_000, checksum: 'ba5ece9a' },
  { name: 'page-table churn, TLBI', unit: 'page', perRound: 64, guest: 'paging', rounds: 800, checksum: '70e2e76936243200' },
  { name: '100 processes, ASIDs', unit: 'switch', perRound: 100, guest: 'paging', kernel: 1, rounds: 500, checksum: 'baea1bd337d85dc0' },
  { name: 'process switch, ASIDs', unit: 'switch', perRound: 1, guest: 'paging', kernel: 2, rounds: 50_000, checksum: '552c7710cf867700' },
  { name: 'process switch, TLB flush', unit: 'switch', perRound: 1, guest: 'paging', kernel: 3, rounds: 10_000, checksum: '4dbef23ec6f32b00' },
  { name: 'world switch, VMIDs', unit: 'switch', perRound: 2, guest: 'stage2', kernel: 2, rounds: 20_000, checksum: '34dae5647f17a00', place: 'EL2' },
  { name: 'world switch, TLB flush', unit: 'switch', perRound: 2, guest: 'stage2', kernel: 3, rounds: 5000, checksum: 'c0c3d276bd72c280', place: 'EL2' },
  { name: 'stage-2 faults, guest hypervisor', unit: 'page', perRound: 1, guest: 'stage2', rounds: 100_000, checksum: '1420b0441fb969a0', place: 'EL2' },
  { name: 'stage-2 faults, el2 run', unit: 'page', perRound: 1, guest: 'vm', kernel: 1, rounds: 100_000, checksum: '12a052eb0', place: 'VM', memoryMib: 512 },
  { name: 'MMIO exits, guest hypervisor', unit: 'access', perRound: 2, guest: 'stage2', kernel: 1, rounds: 100_000, checksum: 'b348a9dbb32298d0', place: 'EL2' },
  { name: 'MMIO exits, el2 run', unit: 'access', perRound: 1, guest: 'vm', kernel: 2, rounds: 200_000, checksum: '1b77400', place: 'VM' },
  { name: 'HVC, el2 run', unit: 'round trip', perRound: 1, guest: 'vm', rounds: 1_000_000, checksum: '746a5a2920', place: 'VM' },
  { name: 'interrupts at 10 kHz', unit: 'step', perRound: 1000, guest: 'interrupts', rounds: 40_000, checksum: '20c69dbf32b60270' },
];

export const KERNELS: readonly Program[] = [...FIRMWARE.map(firmware), ...ASSEMBLY, ...hostile()];
