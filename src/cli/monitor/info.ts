/** What `info` tells of a run. */

import { registerDump } from '../../debug/registers.ts';
import { tlbEntryText } from '../../debug/tlb-text.ts';
import type { GuestRun } from '../guest.ts';

/** The registers of each CPU or vCPU, in QEMU's layout. */
export const registersText = (guest: GuestRun): string =>
  guest
    .registers()
    .map(({ name, state }) => `${name}\n${registerDump(state)}\n`)
    .join('\n');

/** The valid entries of each CPU's TLB. */
export const tlbText = ({ system }: GuestRun): string =>
  system.cpus
    .map(({ index, mmu }) => {
      const entries = mmu.tlb.entries();
      return `CPU#${index}: ${entries.length} entries\n${entries.map((entry) => `  ${tlbEntryText(entry)}\n`).join('')}`;
    })
    .join('');

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** Each VM, how it stands and what it has made the hypervisor do. */
export function vmsText(guest: GuestRun): string {
  const { vms } = guest.account();
  if (vms === undefined) return "no VMs: the guest has the whole machine; 'el2 run' makes VMs\n";
  return vms
    .map(({ name, end, stats }) => {
      const kinds = Object.entries(stats.exits).filter(([, count]) => count > 0);
      const exits = kinds.map(([kind, count]) => ` ${kind} ${count}`).join(',');
      return `${name}: ${end.reason}, ${sum(stats.exits)} exits${exits === '' ? '' : `:${exits}`}; ${sum(stats.stage2Faults)} stage-2 faults\n`;
    })
    .join('');
}

const place = (address: number): string => address.toString(16).padStart(16, '0');

/** The address spaces and what lies in them, ascending. */
export const mapsText = (guest: GuestRun): string =>
  guest
    .maps()
    .map(({ name, windows }) => {
      const lines = windows.map(({ base, size, what }) => `  ${place(base)}-${place(base + size - 1)} ${what}\n`);
      return `${name}\n${lines.join('')}`;
    })
    .join('');
