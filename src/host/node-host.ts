/** The Node process as a Host, and the way a command ends it. */

import { randomFillSync } from 'node:crypto';
import { isatty } from 'node:tty';
import { openDisk } from './disk.ts';
import { createFile, readFile } from './files.ts';
import { guestFiles } from './guest-files.ts';
import type { Host, StopSignal } from './host.ts';
import { listen } from './input.ts';
import { ProcessOutput } from './output.ts';
import { packageVersion, readPackagedImage } from './package.ts';

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

function onStopSignal(callback: (signal: StopSignal) => void): () => void {
  for (const signal of STOP_SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, callback);
  };
}

function nodeHost(): Host {
  return {
    stdout: new ProcessOutput(process.stdout),
    stderr: new ProcessOutput(process.stderr),
    isInteractive: isatty(process.stdin.fd),
    debug: process.env.EL2_DEBUG !== undefined && process.env.EL2_DEBUG !== '',
    get version() {
      return packageVersion();
    },
    readFile,
    readPackagedImage,
    createFile,
    guestFiles,
    openDisk,
    fillRandom: (into) => void randomFillSync(into),
    listen,
    onStopSignal,
    now: () => performance.now(),
    date: () => Math.floor(Date.now() / 1000),
    turn: (milliseconds = 0) =>
      new Promise((resolve) => {
        if (milliseconds === 0) setImmediate(resolve);
        else setTimeout(resolve, milliseconds);
      }),
  };
}

/** Runs a command with the arguments of the process; its result becomes the exit code once all output has left. */
export async function runInProcess(command: (args: readonly string[], host: Host) => Promise<number>): Promise<void> {
  const host = nodeHost();
  process.exitCode = await command(process.argv.slice(2), host);
  await Promise.all([host.stdout.drained(), host.stderr.drained()]);
}
