/** The text of --help. */

import { FLAGS } from './flags.ts';

const WIDTH = 100;
const COLUMN = 36;

const HEAD = `el2: a full-system Arm virtualization emulator

  el2                              the demo: two small guests under the built-in hypervisor
  el2 run IMAGE [IMAGE...]         each image in a VM, under the hypervisor
  el2 boot IMAGE                   the image gets the whole machine

An image is an ELF64 file for AArch64, an arm64 Linux Image or a flat binary. Flags are QEMU's where
QEMU has them.
`;

const TAIL = `
Exit codes: the guest's own; 0 after power off; 1 bad image or flag, or --fail-on; 70 a bug in el2;
124 time-out; 125 instruction limit; 126 stuck; 127 unhandled exit; 130 interrupted.
`;

/** Breaks a text into lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function flagText(name: string, placeholder: string | undefined, help: string): string {
  const left = `  ${name}${placeholder === undefined ? '' : ` ${placeholder}`}`;
  const lines = wrap(help, WIDTH - COLUMN);
  const indent = ' '.repeat(COLUMN);
  const first = left.length < COLUMN ? left.padEnd(COLUMN) + lines.shift() : left;
  return [first, ...lines.map((line) => indent + line)].join('\n');
}

/** All commands, flags and exit codes. */
export function helpText(): string {
  const flags = FLAGS.map(({ name, value, help }) => flagText(name, value, help));
  flags.push(flagText('--version', undefined, 'the version'), flagText('--help', undefined, 'this text'));
  return `${HEAD}\n${flags.join('\n')}\n${TAIL}`;
}
