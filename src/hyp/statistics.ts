/** What a hypervisor did so far, as one plain object. */

import type { Cpu } from '../cpu/engine/cpu.ts';
import type { TlbStats } from '../mmu/tlb-stats.ts';
import type { FrameAllocator } from './frames.ts';
import type { Vm, VmEnd } from './vm.ts';
import type { VmStats } from './vm-stats.ts';

/** One VM. `pages` and `blocks` are what its stage 2 maps now, `tableBytes` what that takes. */
export interface VmStatistics {
  readonly name: string;
  readonly end: VmEnd | undefined;
  readonly counters: VmStats;
  readonly pages: number;
  readonly blocks: number;
  readonly tableBytes: number;
}

/** EL1&0 entries of the TLBs of all CPUs by VMID; a VMID may have had several VMs in turn. */
export interface TlbStatistics extends Readonly<TlbStats> {
  readonly vmid: number;
}

export interface HypervisorStatistics {
  /** Since power-on. */
  readonly virtualNanoseconds: number;
  readonly worldSwitches: number;
  /** VMID generations that have begun, and so, less one, the flushes of all VMIDs. */
  readonly vmidGenerations: number;
  readonly freeBytes: number;
  readonly vms: readonly VmStatistics[];
  readonly tlb: readonly TlbStatistics[];
}

/** Gathers the figures; `counters` are live, all else is as it was at the call. */
export function statisticsOf(
  cpus: readonly Cpu[],
  vms: readonly Vm[],
  frames: FrameAllocator,
  vmidGenerations: number,
): HypervisorStatistics {
  return {
    virtualNanoseconds: cpus[0].now(),
    worldSwitches: vms.reduce((sum, { stats }) => sum + stats.worldSwitches, 0),
    vmidGenerations,
    freeBytes: frames.freeBytes,
    vms: vms.map(({ name, end, stats, memory: { stage2 } }) => {
      const { pages, blocks, tableBytes } = stage2;
      return { name, end, counters: stats, pages, blocks, tableBytes };
    }),
    tlb: tlbStatistics(cpus),
  };
}

function tlbStatistics(cpus: readonly Cpu[]): TlbStatistics[] {
  const tables = cpus.map(({ mmu }) => mmu.tlb.stats);
  const vmids = [...new Set(tables.flatMap((table) => table.vmids()))].sort((a, b) => a - b);
  return vmids.map((vmid) => {
    const sum = { vmid, hits: 0, misses: 0, fills: 0, evictions: 0 };
    for (const table of tables) {
      const { hits, misses, fills, evictions } = table.of('EL1&0', vmid);
      sum.hits += hits;
      sum.misses += misses;
      sum.fills += fills;
      sum.evictions += evictions;
    }
    return sum;
  });
}
