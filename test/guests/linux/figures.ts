/** The table of what the boots took, printed at the end. */

import type { El2Figures, Figures } from './emulators.ts';

interface Row {
  readonly name: string;
  readonly el2: El2Figures;
  readonly qemu: Figures | undefined;
}

const rows: Row[] = [];
const QEMU_HEAD = ['QEMU marker s', 'QEMU end s', 'QEMU CPU s'];

/** Notes a boot for the table. */
export const note = (row: Row): void => void rows.push(row);

const seconds = (value: number | undefined): string => value?.toFixed(1) ?? '-';
const millions = (value: number): string => (value / 1e6).toFixed(0);

/** The table as text, empty without a boot; wall-clock seconds of runs that may have shared the host's CPUs. */
export function figuresText(): string {
  if (rows.length === 0) return '';
  const head = ['boot', 'marker s', 'end s', 'CPU s', 'M instr.', 'M instr./s', 'peak MiB', ...QEMU_HEAD];
  const cells = rows.map(({ name, el2, qemu }) => [
    name,
    seconds(el2.markerSeconds),
    seconds(el2.seconds),
    seconds(el2.cpuSeconds),
    millions(el2.account.instructions),
    millions(el2.account.instructions / el2.seconds),
    el2.peakMib.toFixed(0),
    seconds(qemu?.markerSeconds),
    seconds(qemu?.seconds),
    seconds(qemu?.cpuSeconds),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join('  ');
  return [head, ...cells].map((row) => `${line(row)}\n`).join('');
}
