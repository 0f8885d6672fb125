/** The tables of `--stats`; their columns have the names that `--result` uses. */

import type { GuestRun } from './guest.ts';
import { engineFigures, runFigures, tlbFigures, type VmFigures } from './statistics.ts';

type Cell = string | number;
type Row = Readonly<Record<string, Cell>>;

const GAP = '  ';
const cellText = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell);

/** Rows of the same columns under their names: numbers to the right, words to the left. */
function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => cellText(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const isWord = names.map((name) => typeof rows[0][name] === 'string');
  const text = lines.map((line) =>
    line.map((cell, i) => (isWord[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(GAP),
  );
  return `\n${text.map((line) => `${line.trimEnd()}\n`).join('')}`;
}

/** A row for each kind of exit that a VM made. */
const exitRows = ({ name: vm, stats: { exits, exitNanoseconds } }: VmFigures): Row[] =>
  Object.entries(exits)
    .filter(([, count]) => count > 0)
    .map(([exit, count]) => ({ vm, exit, exits: count, exitNanoseconds: exitNanoseconds[exit as keyof typeof exits] }));

const vmRow = ({ name: vm, stats, pages, blocks, tableBytes }: VmFigures): Row => {
  const { stage2Faults, mmio, injected, worldSwitches } = stats;
  return { vm, ...stage2Faults, mmio, injected, pages, blocks, tableBytes, worldSwitches };
};

/** The TLBs that were used. */
const tlbRows = ({ system }: GuestRun): Row[] =>
  tlbFigures(system)
    .filter(({ misses }) => misses > 0)
    .map(({ cpu, regime, vmid, hits, misses, fills, evictions }) => ({
      tlb: regime,
      cpu: String(cpu),
      vmid: vmid === undefined ? '-' : String(vmid),
      ...{ hits, misses, fills, evictions },
    }));

/** Of the engine also what depends on the host's speed. */
const engineRow = ({ system }: GuestRun): Row => ({
  ...engineFigures(system),
  longestPauseMicroseconds: Math.round(system.engine.regions.longestPauseMs * 1000),
});

/** All tables, for the end of a run. */
export function statisticsText(guest: GuestRun): string {
  const { vms = [], hypervisor } = guest.account();
  return [
    'el2: what the run counted\n',
    table([{ ...runFigures(guest.system) }]),
    table(vms.flatMap(exitRows)),
    table(vms.map(vmRow)),
    table(hypervisor === undefined ? [] : [{ ...hypervisor }]),
    table(tlbRows(guest)),
    table([engineRow(guest)]),
  ].join('');
}
