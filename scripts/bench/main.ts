/**
 * npm run bench: runs each kernel on each runner, in turn, several rounds; prints medians and ratios, writes bench.json.
 *   npm run bench -- [TEXT] [--rounds N] [--linux FOLDER]
 * TEXT: only what has it in its name. FOLDER: an arm64 Linux `Image` with `initrd.gz`, as `npm run guests` makes them.
 */

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { KERNELS } from './kernels.ts';
import { bootEl2, bootQemu, linuxIn } from './linux.ts';
import { type Figure, measure } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { nativeRunner, v86Runner } from './portable.ts';
import type { Program } from './program.ts';
import { el2Runner, qemuRunner, qemuVersion } from './runners.ts';
import { runVms, SCALING, VM_COUNTS } from './scaling.ts';
import { heading, row } from './table.ts';

const OUTPUT = 'bench.json';
const LINUX = 'Linux boot';
const VMS = 'VMs';

const lineOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function fail(error: unknown): never {
  console.error(`${lineOf(error)}\n${USAGE}`);
  process.exit(1);
}

function optionsOf(args: readonly string[]): Options {
  try {
    return parseOptions(args);
  } catch (error) {
    return fail(error);
  }
}

const { text, rounds, linux } = optionsOf(process.argv.slice(2));
const version = qemuVersion();
const qemu = version === undefined ? undefined : qemuRunner(version);
const [interp, auto] = (['interp', 'auto'] as const).map(el2Runner);
const runners = [interp, auto, qemu, nativeRunner(), v86Runner()].filter((runner) => runner !== undefined);
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
const figures: Figure[] = [];
const skipped: string[] = [];

function skip(what: string): void {
  skipped.push(what);
  console.log(`skipped: ${what}`);
}

function run(programs: readonly Program[], who: typeof runners, counted: number, warmUp: number): void {
  for (const program of programs.filter(({ name }) => name.includes(text))) {
    const line = measure(program, who, { counted, warmUp });
    console.log(row(line, runners));
    figures.push(...line);
  }
}

/** One boot a runner: they are long, and nobody boots a second time in one process. A boot that fails is told. */
async function boot(): Promise<void> {
  const files = linuxIn(linux);
  if (files === undefined) {
    skip(`${LINUX}: no Image and initrd.gz in ${linux}: run npm run guests, or give --linux FOLDER`);
    return;
  }
  const attempts: [string, () => Promise<number> | number][] = [
    [interp.name, () => bootEl2(files, 'interp')],
    [auto.name, () => bootEl2(files, 'auto')],
  ];
  if (qemu !== undefined) attempts.push([qemu.name, () => bootQemu(files)]);
  const line: Figure[] = [];
  for (const [runner, attempt] of attempts) {
    try {
      const ns = (await attempt()) * 1e9;
      line.push({ kernel: LINUX, unit: 'boot', runner, ns, ratio: undefined });
    } catch (error) {
      skip(`${LINUX} on ${runner}: ${lineOf(error)}`);
    }
  }
  const reference = line.find(({ runner }) => runner === qemu?.name);
  const compared = line.map((figure) => ({ ...figure, ratio: reference && reference.ns / figure.ns }));
  if (compared.length > 0) console.log(row(compared, runners));
  figures.push(...compared);
}

function vms(): void {
  for (const count of VM_COUNTS) {
    const ns = (runVms(count) / count) * 1e9;
    const line: Figure = {
      kernel: `${count} ${VMS}`,
      unit: 'VM',
      runner: auto.name,
      ns,
      ratio: undefined,
    };
    console.log(row([line], runners));
    figures.push(line);
  }
}

console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${rounds} rounds`);
if (qemu === undefined) skip('QEMU: qemu-system-aarch64 is not installed');
console.log(heading(runners));
run(KERNELS, runners, rounds, 1);
if (LINUX.includes(text)) await boot();
console.log('growth, one round each:');
run(SCALING, [auto, ...(qemu === undefined ? [] : [qemu])], 1, 0);
if (VM_COUNTS.some((count) => `${count} ${VMS}`.includes(text))) vms();
writeFileSync(OUTPUT, `${JSON.stringify({ machine, rounds, figures, skipped }, null, 2)}\n`);
