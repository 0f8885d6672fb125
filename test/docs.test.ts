/** The documentation: what it names exists, and its example of the API compiles. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe('the example of the API', () => {
  it('compiles against src/index.ts', () => {
    const [code] = found(read('README.md'), /```ts\n([\s\S]*?)```/g);
    const options = { ...project(join(root, 'tsconfig.json')).options, paths: { el2: [join(root, 'src/index.ts')] } };
    const wasm = join(root, 'src/arch/wasm.d.ts');
    expect(errorsIn(join(root, 'readme-example.ts'), code, options, [wasm])).toEqual([]);
  });
});
