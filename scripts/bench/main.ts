/**
 * npm run bench: runs each kernel on each emulator, in turn, several rounds; prints medians and ratios, writes bench.json.
 *   npm run bench -- [TEXT]     only the kernels whose name has TEXT in it
 */

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { EMPTY, KERNELS, type Kernel } from './kernels.ts';
import { el2Runner, qemuRunner, type Runner } from './runners.ts';

const ROUNDS = 5;
const OUTPUT = 'bench.json';
const NS = 1e9;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[sorted.length >> 1];
}

interface Figure {
  readonly kernel: string;
  readonly unit: string;
  readonly runner: string;
  /** Nanoseconds for one unit, and million instructions a second where the emulator counts them. */
  readonly ns: number;
  readonly mips: number | undefined;
  /** Speed relative to QEMU, above 1 when faster. */
  readonly ratio: number | undefined;
}

interface Sample {
  readonly seconds: number[];
  instructions: number | undefined;
}

/** All runners alternate, so that what else the computer does hits each alike. The first round is not counted. */
function measure(kernel: Kernel, runners: readonly Runner[]): Sample[] {
  const image = kernel.image();
  const samples: Sample[] = runners.map(() => ({ seconds: [], instructions: undefined }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, runner] of runners.entries()) {
      const { seconds, instructions } = runner.run(image, kernel.el2);
      if (round > 0) samples[i].seconds.push(seconds);
      samples[i].instructions = instructions;
    }
  }
  return samples;
}

function figures(kernel: Kernel, runners: readonly Runner[], overheads: readonly number[]): Figure[] {
  const samples = measure(kernel, runners);
  const seconds = samples.map((sample, i) => Math.max(median(sample.seconds) - overheads[i], 1e-6));
  const reference = runners.findIndex(({ name }) => name.startsWith('QEMU'));
  return runners.map(({ name }, i) => {
    const { instructions } = samples[i];
    return {
      kernel: kernel.name,
      unit: kernel.unit,
      runner: name,
      ns: (seconds[i] / kernel.count) * NS,
      mips: instructions === undefined ? undefined : instructions / seconds[i] / 1e6,
      ratio: reference < 0 ? undefined : seconds[reference] / seconds[i],
    };
  });
}

const cell = (text: string, width: number): string => text.padStart(width);
const number = (value: number | undefined, digits: number): string =>
  value === undefined ? '' : value.toFixed(digits);

function row({ kernel, unit, runner, ns, mips, ratio }: Figure): string {
  const label = `${kernel} (ns a ${unit})`;
  return `${label.padEnd(44)}${runner.padEnd(14)}${cell(number(ns, 1), 10)}${cell(number(mips, 0), 12)}${cell(number(ratio, 2), 10)}`;
}

const [wanted = ''] = process.argv.slice(2);
const runners = [...(['interp', 'jit', 'auto'] as const).map(el2Runner), qemuRunner()].filter((r) => r !== undefined);
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${ROUNDS} rounds`);
console.log(`${''.padEnd(44)}${''.padEnd(14)}${cell('ns', 10)}${cell('M instr/s', 12)}${cell('x QEMU', 10)}`);
const overheads = measure(EMPTY, runners).map(({ seconds }) => median(seconds));
const all = KERNELS.filter(({ name }) => name.includes(wanted)).flatMap((kernel) => {
  const lines = figures(kernel, runners, overheads);
  for (const line of lines) console.log(row(line));
  return lines;
});
writeFileSync(OUTPUT, `${JSON.stringify({ machine, rounds: ROUNDS, figures: all }, null, 2)}\n`);
