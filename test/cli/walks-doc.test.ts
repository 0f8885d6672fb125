/** docs/walks.md quotes what its commands print. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { el2, FakeHost } from './fake-host.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'walks.md'), 'utf8');
const blocks = [...page.matchAll(/^```\n(.*?)^```$/gms)].map(([, text]) => text);
const commands = blocks.filter((text) => text.startsWith('el2 '));

it.each(commands.map((command) => [command.trim(), blocks.indexOf(command)]))('%s', async (command, index) => {
  const end = blocks.findIndex((text, i) => i > index && text.startsWith('el2 '));
  const walks = blocks.slice(index + 1, end < 0 ? undefined : end);
  const host = new FakeHost();
  host.readFile = (path) => readFileSync(join(root, path));
  const { code } = await el2(command.slice('el2 '.length), {}, host);
  const [, log] = / -D (\S+)/.exec(command) ?? [];
  expect([code, walks.length]).toEqual([0, 3]);
  expect(walks.filter((walk) => !host.written[log].includes(walk))).toEqual([]);
});
