/** Readable views of device trees, and Debian's `dtc` where it is installed, for tests. */

import { spawnSync } from 'node:child_process';
import type { FdtNode } from '../../src/arch/fdt.ts';

/** Every property as `path:name`, its bytes in hex. */
export function flatten(node: FdtNode, path = ''): Record<string, string> {
  const own = [...node.properties].map(([name, value]) => [`${path}/:${name}`, Buffer.from(value).toString('hex')]);
  return Object.assign(Object.fromEntries(own), ...node.children.map((c) => flatten(c, `${path}/${c.name}`)));
}

/** A value in the words of dtc, which guesses its type: text, cells or bytes. */
function valueText(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1');
  if (/^([\x20-\x7e]+\0)+$/.test(text))
    return text
      .slice(0, -1)
      .split('\0')
      .map((part) => `"${part}"`)
      .join(', ');
  const cells = Buffer.from(value).toString('hex').match(/.{8}/g) ?? [];
  return value.length % 4 === 0
    ? `<${cells.map((cell) => `0x${cell.replace(/^0{1,7}/, '')}`).join(' ')}>`
    : `[${text}]`;
}

/** A tree as source text, its properties and nodes sorted by name. */
export function dtsText({ name, properties, children }: FdtNode, indent = ''): string {
  const inner = `${indent}  `;
  const byName = (a: string, b: string): number => (a < b ? -1 : 1);
  const lines = [...properties]
    .sort(([a], [b]) => byName(a, b))
    .map(([key, value]) => `${inner}${key}${value.length === 0 ? '' : ` = ${valueText(value)}`};\n`);
  const nodes = [...children].sort((a, b) => byName(a.name, b.name)).map((child) => dtsText(child, inner));
  return `${indent}${name === '' ? '/dts-v1/;\n/' : name} {\n${lines.join('')}${nodes.join('')}${indent}};\n`;
}

export const hasDtc = spawnSync('dtc', ['--version']).status === 0;

/** Runs `dtc` from one format to another; throws with its messages if it warns or fails. */
export function dtc(input: Uint8Array, from: 'dtb' | 'dts', to: 'dtb' | 'dts', ...options: string[]): Buffer {
  const run = spawnSync('dtc', ['-I', from, '-O', to, ...options], { input });
  if (run.status !== 0 || run.stderr.length > 0) throw new Error(`dtc: ${run.stderr.toString()}`);
  return run.stdout;
}
