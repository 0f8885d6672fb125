/** The benchmark's lines: a kernel a line, its runners beside each other. */

import { type Figure, isQemu } from './measure.ts';

const LABEL = 48;
const COLUMN = 16;

const significant = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const cell = (text: string): string => text.padStart(COLUMN);

/** The heading for these runners. */
export function heading(runners: readonly { readonly name: string }[]): string {
  const ratios = runners.some(isQemu) ? runners.filter((runner) => !isQemu(runner)) : [];
  const names = [...runners.map(({ name }) => name), ...ratios.map(({ name }) => `${name} x`)];
  return `${'nanoseconds a unit; x: speed against QEMU'.padEnd(LABEL)}${names.map(cell).join('')}`;
}

/** One kernel; a cell is empty where a runner does not take it. */
export function row(figures: readonly Figure[], runners: readonly { readonly name: string }[]): string {
  const [{ kernel, unit }] = figures;
  const of = (name: string): Figure | undefined => figures.find(({ runner }) => runner === name);
  const text = (value: number | undefined): string => (value === undefined ? '' : significant(value));
  const ratios = runners.some(isQemu) ? runners.filter((runner) => !isQemu(runner)) : [];
  const cells = [...runners.map(({ name }) => text(of(name)?.ns)), ...ratios.map(({ name }) => text(of(name)?.ratio))];
  return `${`${kernel} (${unit})`.padEnd(LABEL)}${cells.map(cell).join('')}`;
}
