/** stdout and stderr: writes that never block, and a reader that may go away at any time (`el2 ... | head`). */

import { isatty } from 'node:tty';
import type { Output } from './host.ts';

/** One of the process's output streams. Throws nothing. */
export class ProcessOutput implements Output {
  isClosed = false;
  private pending = 0;
  private wake: () => void = () => {};

  constructor(private readonly stream: NodeJS.WriteStream & { readonly fd: number }) {
    // EPIPE; what else may go wrong leaves nobody to tell it to either.
    stream.on('error', () => this.close());
  }

  get isTerminal(): boolean {
    return isatty(this.stream.fd) && process.env.NO_COLOR === undefined;
  }

  write(data: Uint8Array | string): void {
    if (this.isClosed || data.length === 0) return;
    this.pending++;
    this.stream.write(data, () => {
      if (--this.pending === 0) this.wake();
    });
  }

  async drained(): Promise<void> {
    if (this.pending > 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private close(): void {
    this.isClosed = true;
    this.wake();
  }
}
