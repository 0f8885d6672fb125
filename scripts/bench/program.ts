/** What the benchmark measures: a guest that times and checks one kernel, and the machine that it wants. */

/** Entered at EL1 or EL2 of the bare machine, or in a VM of the hypervisor in TypeScript. */
export type Place = 'EL1' | 'EL2' | 'VM';

export interface Program {
  readonly name: string;
  /** What is counted. */
  readonly unit: string;
  /** How many of them a run does. */
  readonly count: number;
  readonly place: Place;
  /** MiB of RAM of the machine or VM. */
  readonly memoryMib: number;
  readonly cpus: number;
  /** What the guest prints as its checksum, in hexadecimal digits. */
  readonly checksum: string;
  readonly image: () => Uint8Array;
  /** The kernel's C for a compiler of the host, where it is portable. */
  readonly native?: NativeSource;
}

export interface NativeSource {
  readonly path: string;
  readonly kernel: number;
  readonly rounds: number;
}

/** The lines around what is measured; both numbers of the second are hexadecimal: ticks, and ticks a second. */
export const START_LINE = 'time start\n';
const END_LINE = /^time end ([0-9a-f]+) of ([0-9a-f]+)\n/m;
const CHECKSUM = /checksum ([0-9a-f]+)\n/;

/** Whether the guest has printed the line after what is measured. */
export const hasEnded = (console: string): boolean => END_LINE.test(console);

/** Seconds by the guest's own counter: those of the host only where the counter is the host's. */
export function guestSeconds(console: string): number {
  const [, ticks, frequency] = END_LINE.exec(console) ?? [];
  if (ticks === undefined) throw new Error(`the guest has not told its time: ${JSON.stringify(console)}`);
  return Number.parseInt(ticks, 16) / Number.parseInt(frequency, 16);
}

/** Throws unless the guest printed the checksum of the program. */
export function check(program: Program, console: string): void {
  const got = CHECKSUM.exec(console)?.[1];
  if (got !== program.checksum) throw new Error(`${program.name}: checksum ${got}, want ${program.checksum}`);
}
