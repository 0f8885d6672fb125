/** Prints every row of the instruction tables, done or todo, with its encoding and the feature that it needs. */

import { A64_ROWS } from '../src/cpu/a64/rows.ts';

const lines = A64_ROWS.map(({ name, text, feature, emit }) => ({
  state: emit === undefined ? 'todo' : 'done',
  name,
  feature: feature ?? '',
  text,
}));
const width = (key: 'name' | 'feature'): number => Math.max(...lines.map((line) => line[key].length));
const [nameWidth, featureWidth] = [width('name'), width('feature')];
for (const { state, name, feature, text } of lines) {
  console.log(`${state}  ${name.padEnd(nameWidth)}  ${feature.padEnd(featureWidth)}  ${text}`);
}
const done = lines.filter(({ state }) => state === 'done').length;
console.log(`\nA64: ${lines.length} rows, ${done} done, ${lines.length - done} todo`);
