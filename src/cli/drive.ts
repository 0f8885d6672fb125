/** Runs a guest to its end in small steps, so that input, signals, time-outs and output get their turn. */

import { OutOfHostMemory } from '../arch/host-memory.ts';
import { SLICE } from '../cpu/engine/system.ts';
import { FileError } from '../host/files.ts';
import type { Host, StopSignal } from '../host/host.ts';
import type { Seen } from '../machine/console-text.ts';
import type { GuestRun } from './guest.ts';
import type { Keyboard } from './keyboard.ts';
import { type Outcome, outcome } from './outcome.ts';
import { RealTime } from './real-time.ts';

/** Instructions of a step: always the same whole number of slices, so that the host's speed changes nothing. */
const STEP = 20 * SLICE;
/** Milliseconds of steps between two turns of the host. */
const TURN = 10;
/** Milliseconds of a turn while the guest can do nothing without input. */
const REST = 5;

export interface Limits {
  /** Wall-clock seconds. */
  readonly timeout: number;
  readonly maxInstructions: number;
}

/** What a run is connected to. */
export interface Connections {
  readonly host: Host;
  /** Whether the guest's waits take as long as they say. */
  readonly realtime: boolean;
  /** Who takes what arrives on stdin; undefined: nobody. */
  readonly keyboard: Keyboard | undefined;
  /** The watched text that a console has shown. */
  seen(): Seen | undefined;
  /** Hands on all output that waits. */
  flush(): void;
}

/** An error that is el2's fault, with the outcome that it ends the run with. */
export interface BugOutcome extends Outcome {
  readonly error: unknown;
}

const SIGNALS: Readonly<Record<StopSignal, Outcome>> = {
  SIGINT: outcome('interrupted', 'interrupted'),
  SIGTERM: outcome('terminated', 'terminated'),
};
const SEEN: Readonly<Record<Seen, Outcome>> = {
  until: outcome('until', 'the console has shown the text of --until'),
  failOn: outcome('failOn', 'the console has shown the text of --fail-on'),
};

/** Runs until the guest ends or something ends the run. An error of the run is an outcome too; throws FileError alone. */
export async function drive(guest: GuestRun, limits: Limits, connections: Connections): Promise<Outcome | BugOutcome> {
  const { host, keyboard, realtime } = connections;
  let stopped: Outcome | undefined;
  let hangUp = (): void => {};
  const ignoreSignals = host.onStopSignal((signal) => {
    stopped ??= SIGNALS[signal];
  });
  const receive = (bytes: Uint8Array): void => {
    try {
      keyboard?.receive(bytes);
    } catch (error) {
      stopped ??= bug(error);
    }
  };
  const endInput = (): void => guest.endInput();
  const deadline = host.now() + limits.timeout * 1000;
  const realTime = realtime ? new RealTime(guest.system, host) : undefined;
  try {
    if (keyboard === undefined) endInput();
    else hangUp = host.listen(receive, endInput, keyboard.takesCtrlC);
    for (;;) {
      const turnEnd = Math.min(host.now() + TURN, deadline);
      const hasTime = (): boolean => host.now() < turnEnd && realTime?.isBehind !== true;
      let end: Outcome | 'input' | undefined;
      do end = step(guest, limits, connections);
      while (end === undefined && hasTime());
      connections.flush();
      if (typeof end === 'object') return end;
      const turn = end === 'input' ? host.turn(REST) : (realTime?.follow() ?? host.turn());
      await Promise.all([turn, host.stdout.drained(), host.stderr.drained()]);
      stopped ??= keyboard?.end;
      if (stopped !== undefined) return stopped;
      if (host.stdout.isClosed && keyboard !== undefined)
        return outcome('outputClosed', 'the reader of the output has gone away');
      if (host.now() >= deadline) return outcome('timeout', `the time of ${limits.timeout} s is over`);
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    if (error instanceof OutOfHostMemory) return outcome('outOfMemory', error.message);
    return bug(error);
  } finally {
    hangUp();
    ignoreSignals();
  }
}

const bug = (error: unknown): BugOutcome => ({
  ...outcome('bug', error instanceof Error ? error.message : String(error)),
  error,
});

function step(guest: GuestRun, { maxInstructions }: Limits, connections: Connections): Outcome | 'input' | undefined {
  const left = maxInstructions - guest.system.instructions;
  if (left <= 0) return outcome('instructionLimit', `the guest has executed ${maxInstructions} instructions`);
  const end = guest.run(Math.min(left, STEP));
  const text = connections.seen();
  return text === undefined ? end : SEEN[text];
}
