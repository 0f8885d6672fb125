/** How long fuzzers run: a fixed number of seeds, or as many as EL2_FUZZ_SEEDS says, from EL2_FUZZ_FIRST on. */

/** Seeds to try; `count` of them unless the environment says otherwise. */
export function fuzzSeeds(count: number): number[] {
  const { EL2_FUZZ_SEEDS, EL2_FUZZ_FIRST } = process.env;
  const first = Number(EL2_FUZZ_FIRST ?? 1);
  return Array.from({ length: Number(EL2_FUZZ_SEEDS ?? count) }, (_, n) => first + n);
}
