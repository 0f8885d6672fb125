/** `--stats`: tables on stderr, the same figures in `--result`, each of them described in docs/statistics.md. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { el2, firmware, type Ran } from './fake-host.ts';

const files = { hello: firmware('hello'), touch: firmware('touch64m'), smp: firmware('smp') };

interface Result {
  instructions: number;
  virtualNanoseconds: number;
  tlb: { cpu: number; regime: string; vmid?: number; hits?: number; misses: number; fills: number }[];
  engine?: { regionsCompiled: number; regionBytes: number; regionBytesKept: number; regionsInvalidated: number };
  hypervisor?: { worldSwitches: number };
  vms?: {
    name: string;
    pages: number;
    blocks: number;
    tableBytes: number;
    stats: { exits: Record<string, number>; stage2Faults: Record<string, number>; worldSwitches: number };
  }[];
}
const resultOf = ({ host }: Ran): Result => JSON.parse(host.written.r) as Result;

/** The tables by the name of their first column: rows as objects. */
function tables(text: string): Record<string, Record<string, string>[]> {
  const parts = text.split('\n\n').slice(1);
  return Object.fromEntries(
    parts.map((part) => {
      const [head, ...rows] = part.trimEnd().split('\n');
      const names = head.trim().split(/ {2,}/);
      const cells = (row: string): string[] =>
        row
          .trim()
          .split(/ {2,}/)
          .map((cell) => cell.replaceAll(',', ''));
      return [
        names.slice(0, 2).join(),
        rows.map((row) => Object.fromEntries(cells(row).map((cell, i) => [names[i], cell]))),
      ];
    }),
  );
}

describe('el2 run --stats', () => {
  it('prints the figures of --result, and nothing on stdout', async () => {
    const ran = await el2('run hello touch --stats --result r', files);
    const plain = await el2('run hello touch', files);
    expect([ran.code, ran.out]).toEqual([0, plain.out]);
    const result = resultOf(ran);
    const found = tables(ran.err);
    const [hello, touch] = result.vms ?? [];
    expect(found['vm,exit'].filter(({ vm }) => vm === 'touch').map(({ exit, exits }) => [exit, Number(exits)])).toEqual(
      Object.entries(touch.stats.exits).filter(([, count]) => count > 0),
    );
    expect(
      found['vm,translation'].map(({ vm, pages, worldSwitches }) => [vm, Number(pages), Number(worldSwitches)]),
    ).toEqual([hello, touch].map(({ name, pages, stats }) => [name, pages, stats.worldSwitches]));
    // It touches 64 MiB.
    expect(touch.pages).toBeGreaterThan(16_384);
    expect(touch.stats.stage2Faults.translation).toBeGreaterThanOrEqual(touch.pages);
    expect(touch.tableBytes).toBeGreaterThan(32 * 4096);
    expect(Number(found['worldSwitches,vmidGenerations'][0].worldSwitches)).toBe(result.hypervisor?.worldSwitches);
    expect(found['instructions,virtualNanoseconds'][0]).toMatchObject({ instructions: String(result.instructions) });
    const used = result.tlb.filter(({ misses }) => misses > 0);
    expect(used.map(({ vmid }) => vmid)).toEqual([1, 2]);
    expect(found['tlb,cpu'].map(({ hits, misses }) => [Number(hits), Number(misses)])).toEqual(
      used.map(({ hits, misses }) => [hits, misses]),
    );
  });

  it('counts on each physical CPU', async () => {
    const { vms, tlb } = resultOf(await el2('run smp -smp 2 --pcpus 2 --stats --result r', files));
    expect(vms?.[0].stats.worldSwitches).toBeGreaterThanOrEqual(2);
    expect(tlb.filter(({ regime, fills }) => regime === 'EL1&0' && fills > 0).map(({ cpu }) => cpu)).toEqual([0, 1]);
  });
});

describe('el2 boot --stats', () => {
  it.each(['interp', 'jit'])('tells what the engine %s compiled', async (engine) => {
    const ran = await el2(`boot touch -semihosting --engine ${engine} --stats --result r`, files);
    const { engine: figures, vms } = resultOf(ran);
    expect(vms).toBeUndefined();
    expect((figures?.regionsCompiled ?? 0) > 0).toBe(engine === 'jit');
    expect((figures?.regionBytes ?? 0) > 0).toBe(engine === 'jit');
    const [{ longestPauseMicroseconds, ...row }] = tables(ran.err)['regionsCompiled,regionBytes'];
    expect(Number(longestPauseMicroseconds) > 0).toBe(engine === 'jit');
    expect(row).toEqual(Object.fromEntries(Object.entries(figures ?? {}).map(([name, n]) => [name, String(n)])));
  });
});

it('without --stats the account does not depend on the engine', async () => {
  const [first, ...others] = await Promise.all(
    ['interp', 'jit', 'auto'].map(async (engine) => {
      const { host, err } = await el2(`run touch hello --engine ${engine} --result r`, files);
      expect(err).toBe('');
      return host.written.r;
    }),
  );
  for (const other of others) expect(other).toBe(first);
  expect(JSON.parse(first)).not.toHaveProperty('engine');
});

it('docs/statistics.md describes every figure', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/statistics.md'), 'utf8');
  const described = new Set([...page.matchAll(/`([\w.]+)`/g)].flatMap(([, name]) => name.split('.')));
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) names.add(name);
      if (name !== 'postMortems') visit(inner);
    }
  };
  visit(resultOf(await el2('run hello --stats --result r', files)));
  expect(names.size).toBeGreaterThan(30);
  expect([...names].filter((name) => !described.has(name))).toEqual([]);
});
