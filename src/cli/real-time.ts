/** `--realtime`: real time follows the virtual time in which no CPU can run. */

import type { System } from '../cpu/engine/system.ts';
import type { Host } from '../host/host.ts';

/** Milliseconds of virtual time that pass at once; input that arrives meanwhile reaches the guest after them. */
const STEP = 5;
/** Milliseconds below which a timer of the host is not worth its while. */
const SHORTEST = 1;

export class RealTime {
  /** Milliseconds for which the run has waited. */
  private waited = 0;

  /** From now on the system sleeps in steps. */
  constructor(
    private readonly system: System,
    private readonly host: Pick<Host, 'now' | 'turn'>,
  ) {
    system.longestIdleNs = STEP * 1e6;
  }

  /** Virtual time is ahead by enough for a timer. */
  get isBehind(): boolean {
    return this.idle - this.waited >= SHORTEST;
  }

  /** A turn of the host that takes as long as virtual time is ahead. A turn that was longer makes later ones shorter. */
  async follow(): Promise<void> {
    if (!this.isBehind) return this.host.turn();
    const from = this.host.now();
    await this.host.turn(this.idle - this.waited);
    this.waited = Math.min(this.waited + this.host.now() - from, this.idle + STEP);
  }

  /** Milliseconds that no CPU could run. */
  private get idle(): number {
    return this.system.idleNs / 1e6;
  }
}
