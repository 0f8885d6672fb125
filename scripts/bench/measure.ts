/** Rounds of all runners in turn, and what they come to. */

import type { Program } from './program.ts';
import type { Runner } from './runners.ts';

const NS = 1e9;

export interface Figure {
  readonly kernel: string;
  readonly unit: string;
  readonly runner: string;
  /** Nanoseconds for one unit. */
  readonly ns: number;
  /** Speed relative to QEMU, above 1 when faster. */
  readonly ratio: number | undefined;
}

export const isQemu = ({ name }: { readonly name: string }): boolean => name.startsWith('QEMU');

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[sorted.length >> 1];
}

export interface Rounds {
  readonly counted: number;
  /** Rounds before those, for el2's own code to become warm. */
  readonly warmUp: number;
}

/** All runners alternate, so that what else the computer does hits each alike. */
export function measure(program: Program, all: readonly Runner[], { counted, warmUp }: Rounds): Figure[] {
  const runners = all.filter((runner) => runner.takes(program));
  const image = program.image();
  const samples: number[][] = runners.map(() => []);
  for (let round = 0; round < warmUp + counted; round++) {
    for (const [i, runner] of runners.entries()) {
      const sample = runner.run(program, image);
      if (round >= warmUp) samples[i].push(sample);
    }
  }
  return figures(program, runners, samples);
}

function figures(
  { name, unit, count }: Program,
  runners: readonly Runner[],
  samples: readonly (readonly number[])[],
): Figure[] {
  const seconds = samples.map(median);
  const reference = seconds[runners.findIndex(isQemu)];
  return runners.map((runner, i) => {
    return {
      kernel: name,
      unit,
      runner: runner.name,
      ns: (seconds[i] / count) * NS,
      ratio: reference === undefined ? undefined : reference / seconds[i],
    };
  });
}
