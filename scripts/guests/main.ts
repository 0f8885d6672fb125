/** The command behind `npm run guests`: fetches, and prints where the guests are. */

import { existsSync } from 'node:fs';
import { fetchGuests } from './fetch.ts';
import { guestFiles } from './folders.ts';
import { GuestsError } from './guests-error.ts';
import { KERNELS } from './packages.ts';
import { fetchSelftests } from './selftests.ts';

try {
  const say = (text: string): void => console.error(text);
  fetchGuests(say);
  if (process.argv.includes('selftests')) fetchSelftests(say);
  const files = KERNELS.flatMap(({ name }) => Object.values(guestFiles(name)));
  for (const file of files) if (existsSync(file)) console.log(file);
} catch (error) {
  if (!(error instanceof GuestsError)) throw error;
  console.error(`el2: ${error.message}`);
  process.exitCode = 1;
}
