/** The el2 package around the running program: its version and the guest images that it ships. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from './files.ts';

/** The nearest folder above this module with a package.json: the same from src/ and from the bundle in dist/. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Reads the package's version. */
export function packageVersion(): string {
  const text = new TextDecoder().decode(readFile(join(packageRoot(), 'package.json')));
  return (JSON.parse(text) as { version: string }).version;
}

/** Reads firmware/images/NAME.elf. Throws FileError. */
export const readPackagedImage = (name: string): Uint8Array =>
  readFile(join(packageRoot(), 'firmware', 'images', `${name}.elf`));
