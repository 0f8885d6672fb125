/** Collects what a set of files needs beside itself: the kernel modules or shared libraries, in the order of loading. */

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { neededLibraries, neededModules } from './elf.ts';
import { GuestsError } from './guests-error.ts';

/** Names and what is needed by each, depth first: everything comes after what it needs. */
function ordered<File>(
  names: readonly string[],
  find: (name: string) => File | undefined,
  needs: (file: File) => string[],
) {
  const found = new Map<string, File>();
  const visit = (name: string): void => {
    const file = found.has(name) ? undefined : find(name);
    if (file === undefined) return;
    for (const needed of needs(file)) visit(needed);
    found.set(name, file);
  };
  for (const name of names) visit(name);
  return found;
}

/** A module by either spelling: its file may have dashes where its name has underscores. */
const moduleName = (file: string): string => basename(file, '.ko').replaceAll('-', '_');

/** Paths of the modules and of those that they depend on, each after what it needs; what the kernel has built in is left out. */
export function moduleFiles(tree: string, names: readonly string[]): string[] {
  const paths = readdirSync(tree, { recursive: true, encoding: 'utf8' });
  const modules = new Map(paths.filter((path) => path.endsWith('.ko')).map((path) => [moduleName(path), path]));
  const builtIn = new Set(readFileSync(join(tree, 'modules.builtin'), 'utf8').split('\n').map(moduleName));
  const find = (name: string): string | undefined => {
    const path = modules.get(moduleName(name));
    if (path !== undefined) return join(tree, path);
    if (builtIn.has(moduleName(name))) return undefined;
    throw new GuestsError(`${tree} has no module ${name}; correct scripts/guests/packages.ts`);
  };
  return [
    ...ordered(names.map(moduleName), find, (file) => neededModules(readFileSync(file)).map(moduleName)).values(),
  ];
}

const LIBRARY_FOLDERS = ['lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'lib'];

/** The shared libraries that the programs need: name (DT_NEEDED) and file under `root`. */
export function libraryFiles(root: string, programs: readonly string[]): Map<string, string> {
  const find = (name: string): string => {
    const path = LIBRARY_FOLDERS.map((folder) => join(root, folder, name)).find((candidate) => existsSync(candidate));
    if (path === undefined) throw new GuestsError(`no package has ${name}; correct scripts/guests/packages.ts`);
    return realpathSync(path);
  };
  const needs = (file: string): string[] => neededLibraries(readFileSync(file));
  return ordered(
    programs.flatMap((program) => needs(join(root, program))),
    find,
    needs,
  );
}
