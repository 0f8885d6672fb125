/** Turns the arguments of the process into a request. */

import yargs from 'yargs';
import type { Flag } from './flag.ts';
import { applyFlag, FLAGS } from './flags.ts';
import { nearest } from './nearest.ts';
import { defaultSettings, type GuestCommand, type Settings } from './settings.ts';
import { LATER_FLAGS } from './unsupported.ts';
import { UsageError } from './usage-error.ts';

export type Request =
  | { readonly kind: 'help' | 'version' | 'demo' }
  | { readonly kind: 'guest'; readonly settings: Settings };

const COMMANDS: readonly GuestCommand[] = ['boot', 'run'];
/** Flags that stand for a request of their own. */
const QUESTIONS = ['help', 'h', 'version'];

const bare = (name: string): string => name.replace(/^--?/, '');
const BY_NAME: ReadonlyMap<string, Flag> = new Map(FLAGS.map((flag) => [bare(flag.name), flag]));
/** What `nearest` chooses from, as the user would write it. */
const SPELLINGS: readonly string[] = [...FLAGS.map(({ name }) => name), '--help', '--version'];

/** Reads a command line. Throws UsageError. */
export function parse(args: readonly string[]): Request {
  const { flags, words } = split(args);
  if (flags.has('help') || flags.has('h')) return { kind: 'help' };
  if (flags.has('version')) return { kind: 'version' };
  const [command, ...images] = words;
  if (command === undefined) {
    if (flags.size === 0) return { kind: 'demo' };
    throw new UsageError("say what to do: 'el2 boot IMAGE' or 'el2 run IMAGE'");
  }
  if (!isCommand(command)) throw unknownCommand(command);
  const settings = defaultSettings(command);
  for (const [name, texts] of flags) {
    for (const text of texts) applyFlag(BY_NAME.get(name) as Flag, settings, text);
  }
  settings.images.push(...images);
  checkTogether(settings);
  return { kind: 'guest', settings };
}

const isCommand = (text: string): text is GuestCommand => (COMMANDS as readonly string[]).includes(text);

function unknownCommand(text: string): UsageError {
  if (/[./\\]/.test(text)) return new UsageError(`say what to do with it: 'el2 boot ${text}' or 'el2 run ${text}'`);
  const guess = nearest(text, COMMANDS);
  return new UsageError(
    `unknown command '${text}': ${guess === undefined ? '' : `did you mean '${guess}'? `}choose boot or run; el2 --help explains them`,
  );
}

/**
 * Values of flags by name without dashes, and the other words. Throws UsageError for flags that are unknown, lack their
 * value, or are repeated where that has no meaning.
 */
function split(args: readonly string[]): { flags: Map<string, string[]>; words: string[] } {
  const switches = [...FLAGS.filter((flag) => flag.value === undefined).map(({ name }) => bare(name)), ...QUESTIONS];
  const valued = FLAGS.filter((flag) => flag.value !== undefined).map(({ name }) => bare(name));
  const {
    _: rest,
    '--': literal,
    ...found
  } = yargs([...args])
    .help(false)
    .version(false)
    // QEMU's flags are words behind one dash; what is not a flag of ours comes back as it was written.
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'short-option-groups': false,
      'unknown-options-as-args': true,
    })
    .option(Object.fromEntries(switches.map((name) => [name, { type: 'boolean' as const }])))
    .option(Object.fromEntries(valued.map((name) => [name, { type: 'string' as const, nargs: 1 }])))
    .showHelpOnFail(false)
    .fail((message) => {
      throw new UsageError(missingValue(message));
    })
    .parseSync() as Record<string, unknown> & { _: string[]; '--'?: string[] };
  const unknown = rest.find((text) => text.startsWith('-') && text !== '-');
  if (unknown !== undefined) throw unknownFlag(unknown);
  const flags = new Map<string, string[]>();
  for (const [name, value] of Object.entries(found)) {
    if (name === '$0') continue;
    if (!BY_NAME.has(name) && !QUESTIONS.includes(name)) {
      throw unknownFlag(args.find((text) => bare(text).split('=')[0] === name) ?? `--${name}`);
    }
    flags.set(name, textsOf(BY_NAME.get(name), name, value));
  }
  return { flags, words: [...rest, ...(literal ?? [])] };
}

/** The values of a flag; the empty string for a switch. */
function textsOf(flag: Flag | undefined, name: string, value: unknown): string[] {
  const spelling = flag?.name ?? `--${name}`;
  if (Array.isArray(value)) {
    if (flag?.isRepeatable === true) return value.map(String);
    throw new UsageError(`${spelling} is given twice`);
  }
  if (value === false) throw new UsageError(`${spelling} takes no value; leave it out to turn it off`);
  return [value === true ? '' : String(value)];
}

/** yargs names the flag at the end of its message. */
function missingValue(message: string): string {
  const flag = BY_NAME.get(message.split(' ').at(-1) ?? '');
  return flag === undefined ? message : `${flag.name} needs a value: ${flag.name} ${flag.value}`;
}

function unknownFlag(text: string): UsageError {
  const [written] = text.split('=');
  const later = LATER_FLAGS.get(bare(written));
  if (later !== undefined) return new UsageError(`not supported yet: ${written} (${later})`);
  const dashes = /^-*/.exec(written)?.[0].length === 1 ? '-' : '--';
  const guess = nearest(`${dashes}${bare(written)}`, SPELLINGS);
  return new UsageError(
    `unknown flag ${written}: ${guess === undefined ? '' : `did you mean ${guess}? `}el2 --help lists all`,
  );
}

function checkTogether(settings: Settings): void {
  const { command, images, initrd, dumpDtb, traceCategories, traceFile, traceFilter, traceFormat } = settings;
  checkFirmware(settings);
  if (images.length === 0 && dumpDtb === undefined && !startsWithoutImage(settings)) {
    throw new UsageError(`give an image: el2 ${command} IMAGE`);
  }
  if (command === 'boot' && images.length > 1) {
    throw new UsageError(`boot takes one image, not ${images.length}: ${images.join(', ')}; 'el2 run' takes several`);
  }
  if (initrd !== undefined && images.length !== 1) {
    throw new UsageError(
      `-initrd belongs to one kernel, not ${images.length}: el2 ${command} -kernel Image -initrd FILE`,
    );
  }
  const tracesBy = traceFile !== undefined || traceFormat !== 'text' || Object.keys(traceFilter).length > 0;
  if (traceCategories.length === 0 && tracesBy) throw new UsageError('nothing to trace: give categories with -d');
}

/** Firmware, or a loader that points CPU 0 at something. */
const startsWithoutImage = ({ firmware: { bios, loaders }, virtio }: Settings): boolean =>
  bios !== undefined ||
  virtio.drives.some(({ interface: kind }) => kind === 'pflash') ||
  loaders.some((loader) => 'cpu' in loader && loader.cpu === 0);

function checkFirmware({ command, firmware: { bios, loaders }, virtio: { drives } }: Settings): void {
  const banks = drives.filter((drive) => drive.interface === 'pflash');
  if (command === 'run' && loaders.length > 0) throw new UsageError("-device loader belongs to 'el2 boot'");
  if (command === 'run' && banks.length > 0) throw new UsageError("-drive if=pflash belongs to 'el2 boot'");
  const inFirst = banks.find(({ unit = 0 }) => unit === 0);
  if (bios !== undefined && inFirst !== undefined) {
    throw new UsageError(`-bios and -drive ${inFirst.path}: both would be in the first bank of flash; add unit=1`);
  }
}
