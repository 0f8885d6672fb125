/** The commands that README.md shows work as they stand. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAGS } from '../../src/cli/flags.ts';
import { el2, FakeHost } from './fake-host.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Those of fetched guests are `npm run test:guests`'s. */
const commands = [...readme.matchAll(/^node bin\/el2\.mjs +([^#\n]*?) *(?:#.*)?$/gm)]
  .map(([, line]) => line)
  .filter((line) => !line.includes('.cache/guests'));

describe('README.md', () => {
  it('shows commands', () => {
    expect(commands.length).toBeGreaterThan(2);
  });

  it.each(commands)('el2 %s', async (line) => {
    const host = new FakeHost();
    host.readFile = (path) => readFileSync(join(root, path));
    const { code, err } = await el2(line, {}, host);
    expect([code, err]).toEqual([0, '']);
  });

  it('names flags that exist', () => {
    const known = new Set([...FLAGS.map(({ name }) => name), '--help', '--version']);
    const [, table] = /## Coming from QEMU\n(.*?)\n## /s.exec(readme) ?? [];
    const named = [...table.matchAll(/`(--?[a-zA-Z][\w-]*)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
