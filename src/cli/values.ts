/** Parsers of flag values. Each throws UsageError without the flag's name, which the caller puts before it. */

import { CATEGORIES, type Category } from '../arch/trace.ts';
import { CPU_MODELS } from '../cpu/models.ts';
import { nearest } from './nearest.ts';
import type { Serial, Settings } from './settings.ts';
import { LATER_CATEGORIES, LATER_CPUS, LATER_MACHINE_PROPERTIES } from './unsupported.ts';
import { UsageError } from './usage-error.ts';

/** One of a few words; `later` are known words that a later version takes. */
export function word<Word extends string>(text: string, allowed: readonly Word[], later: readonly string[] = []): Word {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  if (later.includes(text)) throw new UsageError(`not supported yet: '${text}'; choose ${either(allowed)}`);
  const guess = nearest(text, allowed);
  const hint = guess === undefined ? '' : `did you mean '${guess}'? `;
  throw new UsageError(`unknown value '${text}': ${hint}choose ${either(allowed)}`);
}

const either = (words: readonly string[]): string =>
  words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const SIZE = /^([0-9]+)([bkmgt]?)$/i;
const PAGE = 4096;
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, '': 2 ** 20, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** RAM in bytes as QEMU spells it: mebibytes, or with a suffix; also as `size=512M`. */
export function memorySize(text: string): number {
  const [first, ...options] = text.split(',');
  if (options.length > 0) throw new UsageError(`not supported yet: '${options[0]}'; give a size such as 512M`);
  const match = SIZE.exec(first.replace(/^size=/, ''));
  if (match === null) throw new UsageError(`'${text}' is not a size: give one such as 512M or 2G`);
  const bytes = Number(match[1]) * UNITS[match[2].toLowerCase()];
  if (bytes === 0 || bytes % PAGE !== 0) throw new UsageError(`'${text}' is not a multiple of 4 KiB above 0`);
  return bytes;
}

/** `virt`, perhaps `type=virt`, and its properties. */
export function machine(text: string, settings: Settings): void {
  const [type, ...properties] = text.split(',');
  word(type.replace(/^type=/, ''), ['virt']);
  for (const property of properties) {
    const [name, value = 'on'] = property.split('=');
    word(name, ['virtualization'], LATER_MACHINE_PROPERTIES);
    settings.virtualization = word(value, ['on', 'off']) === 'on';
  }
}

/** A CPU model. */
export function cpu(text: string): string {
  const [model, ...properties] = text.split(',');
  const found = word(model, CPU_MODELS, LATER_CPUS);
  if (properties.length > 0) throw new UsageError(`not supported yet: property '${properties[0]}'`);
  return found;
}

/** `1`, or `cpus=1`. */
export function cpuCount(text: string): void {
  const match = /^(?:cpus=)?([0-9]+)$/.exec(text);
  if (match === null) throw new UsageError(`'${text}' is not a number of CPUs: give 1`);
  if (Number(match[1]) !== 1) throw new UsageError(`not supported yet: ${match[1]} CPUs; give 1`);
}

/** `stdio`, `null` or `file:PATH`. */
export function serial(text: string): Serial {
  if (text.startsWith('file:')) {
    if (text === 'file:') throw new UsageError("'file:' names no file: give file:PATH");
    return { kind: 'file', path: text.slice('file:'.length) };
  }
  if (/^(mon|tcp|udp|telnet|unix|pty|chardev|vc|pipe|none|websocket)(:|$)/.test(text)) {
    throw new UsageError(`not supported yet: '${text}'; choose stdio, null or file:PATH`);
  }
  return { kind: word(text, ['stdio', 'null']) };
}

/** Trace categories joined by commas. */
export function categories(text: string): Category[] {
  return text.split(',').map((name) => word(name, Object.keys(CATEGORIES) as Category[], LATER_CATEGORIES));
}

/** Seconds of wall-clock time, above 0. */
export function seconds(text: string): number {
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new UsageError(`'${text}' is not a number of seconds above 0`);
  return value;
}

/** A positive integer, digits alone or in groups as 1_000_000. */
export function positiveInteger(text: string): number {
  const value = /^[0-9]+(_[0-9]+)*$/.test(text) ? Number(text.replaceAll('_', '')) : 0;
  if (value <= 0 || !Number.isSafeInteger(value)) throw new UsageError(`'${text}' is not a whole number above 0`);
  return value;
}

/** A text that is not empty. */
export function nonEmpty(text: string): string {
  if (text === '') throw new UsageError('the text is empty');
  return text;
}
