/** Traces of whole runs: two runs of one command are byte-identical, filters hold, forms are what they say. */

import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../src/arch/trace.ts';
import { el2, FakeHost, firmware } from './fake-host.ts';

const ALL = Object.keys(CATEGORIES).join(',');
const files = { 'hello.elf': firmware('hello'), 'demo-a.elf': firmware('demo-a'), 'demo-b.elf': firmware('demo-b') };
/** Enough to see every category and quick enough to run often. */
const SHORT = '--max-instructions 3000';

interface Line {
  category: string;
  type: string;
  retired: number;
  el: number;
  vm?: string;
  [field: string]: unknown;
}

async function trace(line: string): Promise<string> {
  const { host } = await el2(`${line} -D t`, files);
  return host.written.t;
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('two runs of one command', () => {
  it.each([
    `boot hello.elf -M virt,virtualization=on -d ${ALL}`,
    `boot hello.elf -d ${ALL} --trace-format jsonl`,
    `run demo-a.elf demo-b.elf -d ${ALL} --trace-format jsonl ${SHORT}`,
    `run demo-a.elf demo-b.elf -d int,hyp,s2fault`,
  ])('write the same: %s', async (line) => {
    const first = await trace(line);
    expect(first.length).toBeGreaterThan(1000);
    expect(first.endsWith('\n')).toBe(true);
    expect((await trace(line)) === first).toBe(true);
  });

  it('give the same result file, on a slow host too', async () => {
    const run = async (delay: number): Promise<string> => {
      const host = new FakeHost(files);
      let now = 0;
      host.now = () => (now += delay);
      await el2('run demo-a.elf demo-b.elf --result r', {}, host);
      return host.written.r;
    };
    expect(await run(100)).toBe(await run(0.01));
  });
});

describe('a trace', () => {
  it('shows each category that a VM can make', async () => {
    const seen = new Set(linesOf(await trace(`run demo-a.elf -d ${ALL} --trace-format jsonl`)).map((l) => l.category));
    for (const name of ['in_asm', 'exec', 'int', 'cpu', 'mmu', 'tlb', 's2fault', 'sysreg', 'hyp']) {
      expect(seen).toContain(name);
    }
  });

  it('holds only the categories that were asked for', async () => {
    const lines = linesOf(await trace('run demo-a.elf -d s2fault,hyp --trace-format jsonl'));
    expect([...new Set(lines.map(({ category }) => category))].sort()).toEqual(['hyp', 's2fault']);
  });

  it('counts retired instructions exactly', async () => {
    const lines = linesOf(await trace('boot hello.elf -d exec --trace-format jsonl'));
    expect(lines[0].retired).toBe(0);
    // A block that left early goes on at the instruction that it left before.
    const wrong = lines.slice(1).filter((line, index) => {
      const before = lines[index];
      const ran = line.retired - before.retired;
      const resumed = BigInt(line.va as string) - BigInt(before.va as string) === BigInt(4 * ran);
      return ran !== before.count && !resumed;
    });
    expect(wrong).toEqual([]);
  });

  it('keeps to a window of instructions', async () => {
    const window = '--trace-window 100..200';
    const lines = linesOf(await trace(`boot hello.elf -d exec --trace-format jsonl ${window}`));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ retired }) => retired < 100 || retired >= 200)).toEqual([]);
  });

  it('keeps to exception levels and VMs', async () => {
    const lines = linesOf(
      await trace('run demo-a.elf demo-b.elf -d exec,hyp --trace-format jsonl --trace-el 1 --trace-vm demo-b'),
    );
    expect(lines.length).toBeGreaterThan(0);
    expect([...new Set(lines.map(({ vm, el }) => `${vm} ${el}`))]).toEqual(['demo-b 1']);
  });

  it('keeps to addresses', async () => {
    const lines = linesOf(await trace('boot hello.elf -d exec --trace-format jsonl -dfilter 0x40080000+0x20'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ va }) => BigInt(va as string) > 0x4008_001fn)).toEqual([]);
  });

  it('has the symbols of the VM that runs beside its addresses', async () => {
    const text = await trace('run demo-a.elf demo-b.elf -d exec');
    expect(text).toMatch(/^Trace 0: 0x[0-9a-f]+ \[0000000040080[0-9a-f]{3}\/\d+\] \w+$/m);
  });

  it('goes to stderr without -D', async () => {
    const { err } = await el2('boot hello.elf -d in_asm', files);
    expect(err).toMatch(/^-{16}\nIN: \w+\n0x40080000: {2}[0-9a-f]{8} {2}\w+/);
  });

  it('changes nothing in the run, and neither does the engine', async () => {
    const plain = await el2('run demo-a.elf --result r', files);
    for (const flags of [`-D t -d ${ALL}`, '--engine interp', '--engine jit']) {
      const other = await el2(`run demo-a.elf --result r ${flags}`, files);
      expect(other.host.written.r).toBe(plain.host.written.r);
      expect(other.out).toBe(plain.out);
    }
  });
});
