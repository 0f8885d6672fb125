/** Before the guests: fetches Debian's where they are not in the cache. */

import { fetchGuests } from '../../../scripts/guests/fetch.ts';
import { GuestsError } from '../../../scripts/guests/guests-error.ts';
import { fetchSelftests } from '../../../scripts/guests/selftests.ts';

export default function setup(): void {
  try {
    const say = (text: string): void => console.log(`guests: ${text}`);
    fetchGuests(say);
    if (process.env.EL2_GUESTS === 'all') fetchSelftests(say);
  } catch (error) {
    // Without the network the rest can still be tested, but not unnoticed where everything has to be.
    if (!(error instanceof GuestsError) || process.env.CI !== undefined) throw error;
    console.warn(`guests: Linux, or a part of it, is skipped: ${error.message}`);
  }
}
