/** Before the guests: fetches Debian's where they are not in the cache. */

import { fetchGuests } from '../../../scripts/guests/fetch.ts';
import { GuestsError } from '../../../scripts/guests/guests-error.ts';

export default function setup(): void {
  try {
    fetchGuests((text) => console.log(`guests: ${text}`));
  } catch (error) {
    // Without the network the rest can still be tested, but not unnoticed where everything has to be.
    if (!(error instanceof GuestsError) || process.env.CI !== undefined) throw error;
    console.warn(`guests: Linux is skipped: ${error.message}`);
  }
}
