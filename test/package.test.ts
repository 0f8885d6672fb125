/** The npm package: what it ships, how large it is, and that its entry points are among what ships. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { project } from './support/compiler.ts';

const root = join(import.meta.dirname, '..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
}
const manifest = json('package.json') as Manifest;

interface Packed {
  path: string;
  size: number;
}

/** Bundles, launcher, images, types when they have been built, and what npm always adds. */
const SHIPPED = [
  /^bin\/[\w-]+\.mjs$/,
  /^dist\/(index|cli)\.mjs(\.map)?$/,
  /^dist\/types\/(index|(arch|mmu|devices|cpu|hyp|machine|debug)\/[\w/-]+)\.d\.ts$/,
  /^firmware\/images\/[\w-]+\.(elf|bin)$/,
  /^firmware\/images\/SHA256SUMS$/,
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
];
const LARGEST_FILE = 4 * 1024 * 1024;
const LARGEST_PACKAGE = 8 * 1024 * 1024;

describe('the package', () => {
  let imports: Record<string, string[]>;
  let files: Packed[];

  beforeAll(async () => {
    const { build } = (await import(join(root, 'scripts/build.mjs'))) as { build: () => Promise<typeof imports> };
    imports = await build();
    const npm = process.env.npm_execpath;
    const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
    const args = [...first, 'pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
    [{ files }] = JSON.parse(execFileSync(command, args, { cwd: root, encoding: 'utf8' })) as [{ files: Packed[] }];
  });

  const paths = (): string[] => files.map(({ path }) => path);

  it('ships nothing else', () => {
    expect(paths().filter((path) => !SHIPPED.some((allowed) => allowed.test(path)))).toEqual([]);
  });

  it('ships launcher, library, command and the images of the demo', () => {
    expect(paths()).toEqual(
      expect.arrayContaining(['bin/el2.mjs', 'dist/index.mjs', 'dist/cli.mjs', 'README.md', 'LICENSE']),
    );
    expect(paths().filter((path) => path.endsWith('.elf')).length).toBeGreaterThan(0);
  });

  it('stays small', () => {
    expect(files.filter(({ size }) => size > LARGEST_FILE)).toEqual([]);
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(LARGEST_PACKAGE);
  });

  it('has its entry points where package.json says', () => {
    const main = manifest.exports['.'];
    if (typeof main === 'string') throw new Error('exports["."] names no types');
    const targets = [main.default, ...Object.values(manifest.bin)].map((path) => path.replace(/^\.\//, ''));
    expect(paths()).toEqual(expect.arrayContaining(targets));

    const config = project(join(root, 'src/tsconfig.json'));
    const outputs = ts.getOutputFileNames(config, join(root, 'src/index.ts'), false);
    const declared = outputs.map((path) => `./${relative(root, path).replaceAll(sep, '/')}`);
    expect(declared).toContain(main.types);
  });

  it('imports its dependencies only, and nothing of Node in the library', () => {
    const packages = Object.keys(manifest.dependencies);
    expect(imports['dist/index.mjs'].filter((name) => !packages.includes(name))).toEqual([]);
    expect(imports['dist/cli.mjs'].filter((name) => !packages.includes(name) && !name.startsWith('node:'))).toEqual([]);
  });
});

describe('the lock files', () => {
  it.each(['package-lock.json', 'firmware/package-lock.json'])(
    'of %s pin every package and name no registry',
    (path) => {
      const { packages } = json(path) as {
        packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
      };
      expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
      // `npm ci` refuses a lock file without the packages of other platforms.
      const wanted = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
      expect(wanted.filter((name) => !Object.hasOwn(packages, `node_modules/${name}`))).toEqual([]);
    },
  );
});
