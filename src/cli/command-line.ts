/** The whole command: arguments in, exit code out. */

import { FileError } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { demo } from './demo.ts';
import { guestCommand } from './guest-command.ts';
import { helpText } from './help.ts';
import { parse } from './parse.ts';
import { bugText } from './report.ts';
import { UsageError } from './usage-error.ts';

const BAD_REQUEST = 1;
const BUG = 70;

/** Carries out a command line; returns the exit code. Never throws. */
export async function commandLine(args: readonly string[], host: Host): Promise<number> {
  try {
    return await execute(args, host);
  } catch (error) {
    const isBadRequest = error instanceof UsageError || error instanceof FileError;
    host.stderr.write(isBadRequest ? `el2: ${error.message}\n` : bugText(error, host.debug));
    return isBadRequest ? BAD_REQUEST : BUG;
  }
}

async function execute(args: readonly string[], host: Host): Promise<number> {
  const request = parse(args);
  if (request.kind === 'guest') return guestCommand(request.settings, host);
  if (request.kind === 'demo') return demo(host);
  host.stdout.write(request.kind === 'help' ? helpText() : `el2 ${host.version}\n`);
  return 0;
}
