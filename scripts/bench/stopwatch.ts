/** Wall time between the two lines that a benchmark guest prints around what is measured. */

import { hasEnded, START_LINE } from './program.ts';

export class Stopwatch {
  /** Everything printed so far. */
  console = '';
  private started: number | undefined;
  private ended: number | undefined;

  feed(bytes: Uint8Array): void {
    for (const byte of bytes) this.console += String.fromCharCode(byte);
    if (!this.console.endsWith('\n')) return;
    if (this.started === undefined && this.console.includes(START_LINE)) this.started = performance.now();
    else if (this.ended === undefined && hasEnded(this.console)) this.ended = performance.now();
  }

  /** Throws unless both lines have come. */
  get seconds(): number {
    if (this.started === undefined || this.ended === undefined) throw new Error('the guest has not told its time');
    return (this.ended - this.started) / 1000;
  }
}
