/** The few most urgent of many interrupts, in the order in which a guest should have them. */

/** Rank of an interrupt that is pending behind all that are active, whatever their priorities. */
export const PENDING_RANK = 0x100;

/** Keeps the `capacity` interrupts of the lowest ranks; of equal ranks the one that was offered first. */
export class MostUrgent {
  /** How many are kept, and how many were offered since `clear`. */
  count = 0;
  offered = 0;
  private readonly intids: Uint16Array;
  private readonly ranks: Uint16Array;

  constructor(private readonly capacity: number) {
    this.intids = new Uint16Array(capacity + 1);
    this.ranks = new Uint16Array(capacity + 1);
  }

  clear(): void {
    this.count = 0;
    this.offered = 0;
  }

  /** INTID of the nth most urgent, n below `count`. */
  at(n: number): number {
    return this.intids[n];
  }

  /** Offers an interrupt: its priority is its rank, or PENDING_RANK more. */
  offer(intid: number, rank: number): void {
    this.offered++;
    let at = this.count;
    while (at > 0 && this.ranks[at - 1] > rank) {
      this.ranks[at] = this.ranks[at - 1];
      this.intids[at] = this.intids[at - 1];
      at--;
    }
    this.ranks[at] = rank;
    this.intids[at] = intid;
    this.count = Math.min(this.count + 1, this.capacity);
  }
}
