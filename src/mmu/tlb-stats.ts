/** Counters of TLB events for each VMID, and for the EL2 and EL2&0 regimes. */

import type { RegimeName } from './regime.ts';

/** Lookups that the soft TLBs of a CPU answer never get here: a hit is one of their misses. */
export class TlbStats {
  hits = 0;
  misses = 0;
  fills = 0;
  evictions = 0;
}

/** The counters of each VMID, made at its first event, of EL2 and of EL2&0. */
export class TlbStatsTable {
  private readonly byVmid: TlbStats[] = [];
  private readonly el2 = new TlbStats();
  private readonly el20 = new TlbStats();

  /** Live counters; those of EL2 and EL2&0 ignore the VMID. */
  of(regime: RegimeName, vmid: number): TlbStats {
    if (regime !== 'EL1&0') return regime === 'EL2' ? this.el2 : this.el20;
    const found = this.byVmid[vmid];
    if (found !== undefined) return found;
    const made = new TlbStats();
    this.byVmid[vmid] = made;
    return made;
  }

  /** VMIDs that have counters, ascending. */
  vmids(): number[] {
    return [...this.byVmid.keys()].filter((vmid) => this.byVmid[vmid] !== undefined);
  }
}
