/** Entry point of the `el2` command. */

import { runInProcess } from '../host/node-host.ts';
import { commandLine } from './command-line.ts';

await runInProcess(commandLine);
