/** QEMU as the oracle: writes a batch for the runner guest, runs it, reads the final states. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ByteReader, ByteWriter } from '../../test/vectors/bytes.ts';
import {
  CODE_START,
  MAX_WORDS,
  memoryRegions,
  STOP,
  STOP_ESR,
  SYSTEM_REGISTERS,
  VECTORS,
  WINDOW,
  windowContents,
} from '../../test/vectors/environment.ts';
import { type FinalState, type InitialState, REGISTERS, setsFar } from '../../test/vectors/state.ts';

/** What one test runs: up to `MAX_WORDS` instructions at `CODE_START`, in a state. */
export interface TestCase {
  readonly words: readonly number[];
  readonly state: InitialState;
}

const QEMU = 'qemu-system-aarch64';
const RUNNER = 'scripts/vectors/guest/runner.elf';
/** The options of a CPU; time counts instructions, so that the runner's time-out is exact. */
// biome-ignore format: a command line
const flags = (cpu: string): string[] => [
  '-M', 'virt,virtualization=on,gic-version=2', '-cpu', cpu, '-m', '1G',
  '-nodefaults', '-nic', 'none', '-display', 'none', '-icount', 'shift=0,sleep=off',
  '-semihosting-config', 'enable=on,target=native',
];
/** Keeps batch and results within the buffers of runner.c. */
const BATCH = 20_000;

/** The version line of the QEMU that is installed, undefined when there is none. */
export function qemuVersion(): string | undefined {
  const { status, stdout } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

function writeTest(out: ByteWriter, state: InitialState, words: readonly number[]): void {
  if (words.length > MAX_WORDS) throw new RangeError(`${words.length} words in a test, at most ${MAX_WORDS}`);
  for (const value of state.registers) out.u64(value);
  out.u64(state.elrEl1);
  out.u64(state.spsrEl1);
  out.u64(state.pstate);
  out.u32(words.length);
  for (let i = 0; i < MAX_WORDS; i++) out.u32(words[i] ?? 0);
  out.u32(0);
}

/** The file that `main` of runner.c reads: struct header, then regions, then tests. */
function batchFile(tests: readonly TestCase[]): Uint8Array {
  const regions = memoryRegions();
  const { HCR_EL2, SCTLR_EL1, TCR_EL1, TTBR0_EL1, MAIR_EL1, CPACR_EL1 } = SYSTEM_REGISTERS;
  // biome-ignore format: struct header, field by field
  const header = [
    tests.length, regions.length, CODE_START, STOP, WINDOW.from, WINDOW.bytes, VECTORS,
    HCR_EL2, SCTLR_EL1, TCR_EL1, TTBR0_EL1, MAIR_EL1, CPACR_EL1,
  ];
  const out = new ByteWriter();
  for (const value of header) out.u64(value);
  for (const { pa, bytes } of regions) {
    out.u64(pa);
    out.u64(bytes.length);
    out.raw(bytes);
  }
  for (const { words, state } of tests) writeTest(out, state, words);
  return out.bytes;
}

/** Reads one struct result; undefined stands for a test that did not end. */
function readResult(input: ByteReader, pristine: Uint8Array): FinalState | undefined {
  const registers = BigUint64Array.from(REGISTERS, () => input.u64());
  const pc = input.u64();
  const pstate = Number(input.u64());
  const esr = Number(input.u64());
  const far = input.u64();
  const el = input.u32();
  const differences = input.u32();
  const memory = differences === 0 ? pristine : pristine.slice();
  for (let left = differences; left > 0; left--) {
    const offset = Number(input.u64());
    memory.set(input.raw(8), offset);
  }
  if (el === 0) return undefined;
  const stopped = el === 1 && esr === STOP_ESR;
  const exception = stopped ? undefined : { el: el as 1 | 2, esr, far: setsFar(esr) ? far : 0n };
  return { registers, pc, pstate, exception, memory };
}

function runBatch(tests: readonly TestCase[], cpu: string): (FinalState | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), 'el2-vectors-'));
  try {
    writeFileSync(join(folder, 'batch.bin'), batchFile(tests));
    const { status, stderr, error } = spawnSync(QEMU, [...flags(cpu), '-kernel', resolve(RUNNER)], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 300_000,
    });
    const results = join(folder, 'results.bin');
    if (status !== 0 || !existsSync(results)) {
      throw new Error(`${QEMU} ended with ${error?.message ?? status}: ${stderr}`);
    }
    const input = new ByteReader(readFileSync(results));
    const pristine = windowContents();
    return tests.map(() => readResult(input, pristine));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs tests on QEMU; the answers are in their order.
 * Undefined: not over after 16,000 instructions. Throws when QEMU is missing or fails.
 */
export function runOnQemu(tests: readonly TestCase[], cpu = 'cortex-a57'): (FinalState | undefined)[] {
  const results: (FinalState | undefined)[] = [];
  for (let from = 0; from < tests.length; from += BATCH)
    results.push(...runBatch(tests.slice(from, from + BATCH), cpu));
  return results;
}
