/** What a run counted, as plain data: the figures of `--stats` and `--result`, by the names that both use. */

import type { System } from '../cpu/engine/system.ts';
import type { VmEnd } from '../hyp/vm.ts';
import type { VmStats } from '../hyp/vm-stats.ts';
import type { RegimeName } from '../mmu/regime.ts';

/** What every run counts; none of it depends on the engine. */
export interface RunFigures {
  /** Retired by all CPUs. */
  readonly instructions: number;
  readonly virtualNanoseconds: number;
  /** Exceptions taken by all CPUs. */
  readonly exceptions: number;
}

/** One VM; `pages` and `blocks` are what its stage 2 maps at the end, `tableBytes` what that takes. */
export interface VmFigures {
  readonly name: string;
  readonly end: VmEnd | { readonly reason: 'running' };
  readonly stats: VmStats;
  readonly pages: number;
  readonly blocks: number;
  readonly tableBytes: number;
}

/** The hypervisor: times that a vCPU was loaded into a CPU, VMID generations, physical RAM that is left. */
export interface HypervisorFigures {
  readonly worldSwitches: number;
  readonly vmidGenerations: number;
  readonly freeBytes: number;
}

/** One TLB by regime and, for EL1&0, VMID. `hits` depend on engine and trace: soft TLBs answer most lookups. */
export interface TlbFigures {
  readonly cpu: number;
  readonly regime: RegimeName;
  readonly vmid?: number;
  readonly hits: number;
  readonly misses: number;
  readonly fills: number;
  readonly evictions: number;
}

/** Compiled code: regions made, bytes of their modules, of those still in use, regions whose code the guest changed. */
export interface EngineFigures {
  readonly regionsCompiled: number;
  readonly regionBytes: number;
  readonly regionBytesKept: number;
  readonly regionsInvalidated: number;
}

export const runFigures = ({ instructions, cpus }: System): RunFigures => ({
  instructions,
  virtualNanoseconds: cpus[0].now(),
  exceptions: cpus.reduce((sum, { history }) => sum + history.exceptionCount, 0),
});

export function tlbFigures({ cpus }: System): TlbFigures[] {
  return cpus.flatMap(({ index: cpu, mmu }) => {
    const { stats } = mmu.tlb;
    const vmids = stats.vmids().map((vmid): TlbFigures => ({ cpu, regime: 'EL1&0', vmid, ...stats.of('EL1&0', vmid) }));
    const host = stats.of('EL2&0', 0);
    const ofHost: TlbFigures[] = host.misses === 0 ? [] : [{ cpu, regime: 'EL2&0', ...host }];
    return [{ cpu, regime: 'EL2', ...stats.of('EL2', 0) }, ...ofHost, ...vmids];
  });
}

export function engineFigures({ engine }: System): EngineFigures {
  const { compiled, compiledBytes, liveBytes, invalidated } = engine.regions;
  return {
    regionsCompiled: compiled,
    regionBytes: compiledBytes,
    regionBytesKept: liveBytes,
    regionsInvalidated: invalidated,
  };
}
