/** Types of the table of guests. */
export interface Guest {
  readonly name: string;
  readonly source?: string;
  readonly define?: Readonly<Record<string, string>>;
  readonly float?: boolean;
  readonly ramBase?: number;
  readonly levels: readonly number[];
  readonly cpus?: readonly string[];
  readonly smp?: readonly number[];
  readonly gic?: 2 | 3;
  readonly stdin?: string;
  readonly code: number | 'never';
  readonly vm?: boolean;
}
export interface Run {
  readonly guest: Guest;
  readonly level: number;
  readonly cpu: string;
  readonly smp: number;
  /** File of `expected/`. */
  readonly expected: string;
}
export const guests: readonly Guest[];
export const runs: readonly Run[];
export const vmRuns: readonly Run[];
