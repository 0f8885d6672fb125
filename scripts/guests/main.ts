/** The command behind `npm run guests`: fetches, and prints where the guests are. */

import { fetchGuests } from './fetch.ts';
import { guestFiles } from './folders.ts';
import { GuestsError } from './guests-error.ts';
import { KERNELS } from './packages.ts';

try {
  fetchGuests((text) => console.error(text));
  for (const { name } of KERNELS) for (const file of Object.values(guestFiles(name))) console.log(file);
} catch (error) {
  if (!(error instanceof GuestsError)) throw error;
  console.error(`el2: ${error.message}`);
  process.exitCode = 1;
}
