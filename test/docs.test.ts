/** The documentation: what it names exists, and its examples of the API compile and run. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as el2 from '../src/index.ts';
import { errorsIn, project } from './support/compiler.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, part]) => part);

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to files that exist', () => {
    const links = found(text, /\]\((?!https?:)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  it('names files that exist', () => {
    const paths = found(text, /\b((?:src|test|scripts|firmware|docs|bin)\/[\w./-]*[\w/])/g);
    const real = paths.filter((path) => !path.includes('NAME'));
    expect(real.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names scripts of package.json', () => {
    expect(found(text, /npm run ([\w:]+)/g).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('package.json', () => {
  it('runs files that exist', () => {
    const files = found(Object.values(scripts).join('\n'), /\b((?:scripts|bin)\/[\w./-]+)/g);
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

/** The TypeScript blocks of a page. */
const examples = (page: string): string[] => found(read(page), /```ts\n([\s\S]*?)```/g);

describe('the examples of the API', () => {
  it.each(['README.md', 'docs/hypervisor-api.md'])('of %s compiles against src/index.ts', (page) => {
    const [code] = examples(page);
    const options = { ...project(join(root, 'tsconfig.json')).options, paths: { el2: [join(root, 'src/index.ts')] } };
    const wasm = join(root, 'src/arch/wasm.d.ts');
    expect(errorsIn(join(root, 'example.ts'), code, options, [wasm])).toEqual([]);
  });

  it('of docs/hypervisor-api.md does what the page says', () => {
    const [code] = examples('docs/hypervisor-api.md');
    const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    const exports: { runGuest?: () => unknown } = {};
    const run = runInThisContext(`(require, exports) => {${outputText}}`) as (...names: object[]) => void;
    run(() => el2, exports);
    expect(exports.runGuest?.()).toEqual({ mail: 42, calls: 2, end: { reason: 'off' } });
  });
});
