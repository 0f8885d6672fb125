/** What a command-line flag is. */

import type { GuestCommand, Settings } from './settings.ts';

export interface Flag {
  /** As the help shows it; one or two dashes are both understood. */
  readonly name: string;
  /** Placeholder of its value in the help; undefined for a switch. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times; `set` is called for each. */
  readonly isRepeatable?: true;
  /** The only command that has it; undefined: both. */
  readonly only?: GuestCommand;
  /** Throws UsageError or FilterError when the value cannot be used. */
  set(settings: Settings, text: string): void;
}
