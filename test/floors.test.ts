/** The floors: project references draw the picture of docs/reading-guide.md, and no import leaves it. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsIn, project } from './support/compiler.ts';

const root = join(import.meta.dirname, '..');

/** Folders of src/ by floor, lowest first; '.' is src/index.ts, which stands on the debugger as well. */
const FLOORS = [['arch'], ['mmu', 'devices'], ['cpu'], ['hyp'], ['machine'], ['debug', '.', 'host'], ['cli']];

function expectedReferences(folder: string): string[] {
  const floor = FLOORS.findIndex((names) => names.includes(folder));
  const lower = FLOORS.slice(0, floor).flat();
  return folder === '.' ? [...lower, 'debug'] : lower;
}

function references(folder: string): string[] {
  const text = readFileSync(join(root, 'src', folder, 'tsconfig.json'), 'utf8');
  const { references: list = [] } = JSON.parse(text) as { references?: { path: string }[] };
  return list.map(({ path }) => posix.normalize(posix.join(folder, path)).replace(/\/$/, ''));
}

async function cruiseSource(baseDir: string): Promise<ICruiseResult> {
  const options = await extractOptions(join(root, '.dependency-cruiser.cjs'));
  const { output } = await cruise(['src'], { ...options, validate: true, baseDir });
  if (typeof output === 'string') throw new Error(output);
  return output;
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

describe('the floors', () => {
  it('have every folder of src/ on exactly one floor', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...folders.map((entry) => entry.name), '.'].sort()).toEqual(FLOORS.flat().sort());
  });

  it.each(FLOORS.flat())('let src/%s see lower floors only', (folder) => {
    expect(references(folder).sort()).toEqual(expectedReferences(folder).sort());
  });

  it('hold for every import in src/', async () => {
    const { summary, modules } = await cruiseSource(root);
    const cruised = modules.filter(({ source }) => source.startsWith('src/'));
    expect(cruised.length).toBeGreaterThanOrEqual(sourceFiles().filter((name) => !name.endsWith('.d.ts')).length);
    expect(cruised.length).toBeGreaterThan(20);
    expect(summary.totalDependenciesCruised).toBeGreaterThan(cruised.length);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });
});

/** Each forbidden import once: file, what it imports, the rule that must say so. */
const VIOLATIONS = [
  ['src/arch/up.ts', '../cpu/free.ts', 'floor-arch'],
  ['src/mmu/sideways.ts', '../devices/free.ts', 'floor-mmu'],
  ['src/devices/sideways.ts', '../mmu/free.ts', 'floor-devices'],
  ['src/cpu/up.ts', '../hyp/free.ts', 'floor-cpu'],
  ['src/hyp/up.ts', '../machine/free.ts', 'floor-hyp'],
  ['src/machine/up.ts', '../debug/free.ts', 'floor-machine'],
  ['src/debug/sideways.ts', '../host/free.ts', 'floor-debug'],
  ['src/host/sideways.ts', '../debug/free.ts', 'floor-host'],
  ['src/host/up.ts', '../cli/free.ts', 'floor-host'],
  ['src/index.ts', './host/free.ts', 'floor-index'],
  ['src/cpu/circle-a.ts', './circle-b.ts', 'no-circular'],
  ['src/machine/node.ts', 'node:fs', 'no-node-below-host'],
  ['src/machine/package.ts', 'picocolors', 'no-package-below-debug'],
  ['src/cli/dev.ts', 'esbuild', 'no-dev-dependency'],
  ['src/cli/test.ts', '../../test/free.ts', 'no-test-in-source'],
  ['src/hyp/missing.ts', './absent.ts', 'not-resolved'],
] as const;

describe('the import rules', () => {
  const tree = mkdtempSync(join(tmpdir(), 'el2-floors-'));
  let found: string[] = [];

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };

  beforeAll(async () => {
    cpSync(join(root, 'package.json'), join(tree, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
    for (const folder of [...FLOORS.flat(), '../test']) write(posix.join('src', folder, 'free.ts'), 'export {};\n');
    for (const [file, target] of [...VIOLATIONS, ['src/cpu/circle-b.ts', './circle-a.ts']]) {
      write(file, `import type * as x from '${target}';\nexport type X = typeof x;\n`);
    }
    const { summary } = await cruiseSource(tree);
    found = summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  });
  afterAll(() => rmSync(tree, { recursive: true }));

  it.each(VIOLATIONS)('catch %s importing %s', (file, _target, rule) => {
    expect(found).toContain(`${rule}: ${file}`);
  });

  it('find nothing else', () => {
    expect(found.sort()).toEqual(VIOLATIONS.map(([file, , rule]) => `${rule}: ${file}`).sort());
  });
});

describe('the compiler', () => {
  it.each([
    ['arch', 'export const pid: number = process.pid;', ['TS2591']],
    ['machine', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;", ['TS2591']],
    ['debug', 'export const page: unknown = document;', ['TS2584']],
    ['host', 'export const pid: number = process.pid;', []],
  ])('knows in src/%s what it may use', (folder, text, codes) => {
    const { options } = project(join(root, 'src', folder, 'tsconfig.json'));
    const errors = errorsIn(join(root, 'src', folder, 'probe.ts'), text, options);
    expect(errors.map(({ code }) => code)).toEqual(codes);
  });
});
