/** Readable views of device trees, and Debian's `dtc` where it is installed, for tests. */

import { spawnSync } from 'node:child_process';
import type { FdtNode } from '../../src/arch/fdt.ts';

/** Every property as `path:name`, its bytes in hex. */
export function flatten(node: FdtNode, path = ''): Record<string, string> {
  const own = [...node.properties].map(([name, value]) => [`${path}/:${name}`, Buffer.from(value).toString('hex')]);
  return Object.assign(Object.fromEntries(own), ...node.children.map((c) => flatten(c, `${path}/${c.name}`)));
}

export const hasDtc = spawnSync('dtc', ['--version']).status === 0;

/** Runs `dtc` from one format to another; throws with its messages if it warns or fails. */
export function dtc(input: Uint8Array, from: 'dtb' | 'dts', to: 'dtb' | 'dts', ...options: string[]): Buffer {
  const run = spawnSync('dtc', ['-I', from, '-O', to, ...options], { input });
  if (run.status !== 0 || run.stderr.length > 0) throw new Error(`dtc: ${run.stderr.toString()}`);
  return run.stdout;
}
