import { KERNELS } from './scripts/bench/kernels.ts';
import { el2Runner } from './scripts/bench/runners.ts';
const [engine, rounds, ...texts] = process.argv.slice(2);
const r = el2Runner(engine as 'auto');
for (const p of KERNELS.filter((k) => texts.some((t) => k.name.includes(t)))) {
  const t: number[] = [];
  const image = p.image();
  for (let i = 0; i < Number(rounds); i++) { const u = process.cpuUsage(); r.run(p, image); t.push((process.cpuUsage(u).user * 1e3) / p.count); };
  console.log(p.name.padEnd(34), engine, 'min', Math.min(...t).toFixed(1), t.map((x) => x.toFixed(0)).join(' '));
}
