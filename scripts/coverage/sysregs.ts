/** Prints which system registers each CPU model implements, with and without EL2, and the controls that trap them. */

import { type SysregCoverage, type SysregStatus, sysregCoverage } from '../../src/arch/sysregs/coverage.ts';
import { CPU_MODELS, type CpuModel, cpuModel } from '../../src/cpu/models.ts';
import { printTable } from './table.ts';

const models = CPU_MODELS.map((name) => cpuModel(name) as CpuModel);
const statusOf = ({ status, feature }: SysregCoverage, { features }: CpuModel): SysregStatus =>
  feature !== undefined && !features[feature] ? 'absent' : status;

for (const hasEl2 of [true, false]) {
  const rows = sysregCoverage(hasEl2);
  console.log(`CPUs ${hasEl2 ? 'with' : 'without'} EL2\n`);
  printTable(
    ['register', 'encoding', ...CPU_MODELS, 'trapped by'],
    rows.map((row) => [row.name, row.encoding, ...models.map((model) => statusOf(row, model)), row.traps.join(' ')]),
  );
  console.log();
  for (const model of models) {
    const count = (status: SysregStatus): number => rows.filter((row) => statusOf(row, model) === status).length;
    const totals = (['implemented', 'trapped', 'absent'] as const).map((status) => `${count(status)} ${status}`);
    console.log(`${model.name}: ${totals.join(', ')}; every other encoding is UNDEFINED`);
  }
  console.log();
}
