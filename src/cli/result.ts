/** The account of a run for `--result`: plain JSON data. */

import type { System } from '../cpu/engine/system.ts';
import type { PostMortem } from '../debug/post-mortem.ts';
import type { RegimeName } from '../mmu/regime.ts';
import type { GuestRun } from './guest.ts';
import type { Outcome } from './outcome.ts';

/** Counters of the TLBs of all CPUs by regime; EL1&0 by VMID. Hits depend on engine and trace: they are left out. */
function tlbFigures({ cpus }: System): object[] {
  return cpus.flatMap((cpu) => {
    const { stats } = cpu.mmu.tlb;
    const figures = (regime: RegimeName, vmid: number): object => {
      const { misses, fills, evictions } = stats.of(regime, vmid);
      return { cpu: cpu.index, regime, ...(regime === 'EL1&0' && { vmid }), misses, fills, evictions };
    };
    return [figures('EL2', 0), ...stats.vmids().map((vmid) => figures('EL1&0', vmid))];
  });
}

/** The file's text. */
export function resultText(
  { reason, code, message }: Outcome,
  guest: GuestRun,
  report: PostMortem | undefined,
): string {
  const { system } = guest;
  const account = {
    reason,
    code,
    message,
    instructions: system.instructions,
    virtualNanoseconds: system.cpus[0].now(),
    exceptions: system.cpus.reduce((sum, { history }) => sum + history.exceptionCount, 0),
    tlb: tlbFigures(system),
    ...guest.account(),
    ...(report !== undefined && { postMortem: report }),
  };
  return `${JSON.stringify(account, undefined, 2)}\n`;
}
