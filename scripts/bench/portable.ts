/** Runners of a kernel's portable C: compiled for the host itself, and for a PC in v86. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inFolder, output } from './processes.ts';
import { check, guestSeconds, type Program } from './program.ts';
import type { Runner } from './runners.ts';

const COMPILERS = ['gcc', 'clang', 'cc'];
/** As the guest is compiled: without vectors. */
/** The headers of the guests come after those that replace them. */
const C_FLAGS = ['-O2', '-fno-tree-vectorize', '-fno-builtin', '-idirafter', 'firmware/lib'];
const HOST_FLAGS = ['-Iscripts/bench/native'];
/** One segment at 1 MiB: below it a PC has no plain memory. */
const PC_FLAGS = [
  ...['-m32', '-ffreestanding', '-fno-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables'],
  ...['-nostdlib', '-static', '-no-pie', '-Wl,-N,-Ttext=0x100000,--build-id=none,--no-warn-rwx-segments'],
  '-Iscripts/bench/pc',
];

/** The compiler that runs with these arguments; undefined without one. */
const compilerWith = (...args: string[]): string | undefined =>
  COMPILERS.find((name) => spawnSync(name, args, { input: '' }).status === 0);

/** Compiles, has `command` run the binary, and reads what it prints. */
function portableRunner(name: string, compiler: string, flags: readonly string[], command: readonly string[]): Runner {
  return {
    name,
    takes: ({ native }) => native !== undefined,
    run: (program: Program) =>
      inFolder((folder) => {
        if (program.native === undefined) throw new Error(`${program.name} has no portable source`);
        const { path, kernel, rounds } = program.native;
        const binary = join(folder, 'kernel');
        const chosen = [`-DBENCH_KERNEL=${kernel}`, `-DBENCH_ROUNDS=${rounds}`];
        output(compiler, [...C_FLAGS, ...flags, ...chosen, path, '-o', binary]);
        const [first, ...rest] = [...command, binary];
        const console = output(first, rest);
        check(program, console);
        return guestSeconds(console);
      }),
  };
}

/** The same C compiled for this computer; undefined without a compiler. */
export function nativeRunner(): Runner | undefined {
  const compiler = compilerWith('--version');
  return compiler === undefined ? undefined : portableRunner(`native ${compiler}`, compiler, HOST_FLAGS, []);
}

/** The same C on v86's PC; undefined unless the package `v86` is installed and a compiler makes 32-bit code. */
export function v86Runner(): Runner | undefined {
  const compiler = compilerWith('-m32', '-E', '-');
  const hasV86 = spawnSync(process.execPath, ['-e', "import.meta.resolve('v86')", '--input-type=module']).status === 0;
  if (compiler === undefined || !hasV86) return undefined;
  return portableRunner('v86', compiler, PC_FLAGS, [process.execPath, 'scripts/bench/pc/v86.mjs']);
}
