/** The commands of the monitor: QEMU's spellings where QEMU has them. A command is added by adding a row. */

import type { GuestRun } from '../guest.ts';
import { nearest } from '../nearest.ts';
import { type Outcome, outcome } from '../outcome.ts';
import { UsageError } from '../usage-error.ts';
import { virtualAddress } from '../values.ts';
import { mapsText, registersText, tlbText, vmsText } from './info.ts';

/** What a command says, and the end of the run where it brings that about. */
interface Answer {
  /** Empty, or lines with their ends. */
  readonly text: string;
  readonly end?: Outcome | undefined;
}

interface Command {
  readonly name: string;
  /** Placeholder of its argument; undefined: it takes none. */
  readonly argument?: string;
  readonly help: string;
  /** Throws UsageError for an argument that cannot be used. */
  run(guest: GuestRun, argument: string): Answer;
}

const says = (text: string): Answer => ({ text: text === '' || text.endsWith('\n') ? text : `${text}\n` });

const COMMANDS: readonly Command[] = [
  { name: 'help', help: 'this list', run: () => says(helpText()) },
  { name: 'info mtree', help: 'RAM and devices by address', run: (guest) => says(mapsText(guest)) },
  { name: 'info registers', help: 'the registers of each CPU', run: (guest) => says(registersText(guest)) },
  { name: 'info tlb', help: 'the entries of each TLB', run: (guest) => says(tlbText(guest)) },
  { name: 'info vms', help: 'the VMs and their exits', run: (guest) => says(vmsText(guest)) },
  {
    name: 'info walk',
    argument: 'ADDRESS',
    help: 'the translation of a VA by CPU 0, step by step',
    run: (guest, argument) => says(guest.walk(virtualAddress(argument))),
  },
  { name: 'quit', help: 'end the run', run: () => ({ text: '', end: outcome('quit', "ended by 'quit'") }) },
  {
    name: 'system_reset',
    help: 'start the guests again; with -no-reboot, end the run',
    run: (guest) => ({ text: '', end: guest.reset() }),
  },
];

const spelling = ({ name, argument }: Command): string => (argument === undefined ? name : `${name} ${argument}`);

const helpText = (): string => COMMANDS.map((command) => `${spelling(command).padEnd(20)} ${command.help}\n`).join('');

/** Carries out a line. What is wrong with it is said in one line. */
export function answer(line: string, guest: GuestRun): Answer {
  const words = line.trim().split(/\s+/);
  if (words[0] === '') return says('');
  const command = COMMANDS.find(({ name }) => name.split(' ').every((word, index) => words[index] === word));
  if (command === undefined) return says(unknown(words));
  const given = words.slice(command.name.split(' ').length);
  if (given.length !== (command.argument === undefined ? 0 : 1)) return says(`give it as: ${spelling(command)}`);
  try {
    return command.run(guest, given[0] ?? '');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return says(error.message);
  }
}

function unknown(words: readonly string[]): string {
  const names = COMMANDS.map(({ name }) => name);
  const guess = nearest(words.slice(0, 2).join(' '), names) ?? nearest(words[0], names);
  const hint = guess === undefined ? '' : `did you mean '${guess}'? `;
  return `unknown command '${words.join(' ')}': ${hint}'help' lists all`;
}
