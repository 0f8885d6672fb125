/** Prints every row of the instruction tables, done or todo, and how many of them each CPU model has. */

import { A64_ROWS } from '../../src/cpu/a64/rows.ts';
import { CPU_MODELS, cpuModel } from '../../src/cpu/models.ts';
import { printTable } from './table.ts';

printTable(
  ['state', 'instruction', 'feature', 'encoding'],
  A64_ROWS.map(({ name, text, feature, emit }) => [emit === undefined ? 'todo' : 'done', name, feature ?? '', text]),
);
const done = A64_ROWS.filter(({ emit }) => emit !== undefined);
console.log(`\nA64: ${A64_ROWS.length} rows, ${done.length} done, ${A64_ROWS.length - done.length} todo`);
for (const name of CPU_MODELS) {
  const features = cpuModel(name)?.features;
  const count = done.filter(({ feature }) => feature === undefined || features?.[feature]).length;
  console.log(`${name}: ${count} rows; the other encodings are UNDEFINED`);
}
