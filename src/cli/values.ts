/** Parsers of flag values. Each throws UsageError without the flag's name, which the caller puts before it. */

import { type Va, va } from '../arch/addresses.ts';
import { CATEGORIES, type Category } from '../arch/trace.ts';
import type { TlbKind } from '../cpu/engine/cpu.ts';
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
const MAX_CPUS = 8;
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

const GRANULES = { '4K': 4096, '16K': 16_384, '64K': 65_536 } as const;

/** Bytes of a page. */
export const granule = (text: string): number =>
  GRANULES[word(text.toUpperCase(), Object.keys(GRANULES) as (keyof typeof GRANULES)[])];

/** Properties of `-M virt`, each with what it sets. */
const MACHINE_PROPERTIES = {
  virtualization: (text, settings) => {
    settings.virtualization = word(text, ['on', 'off']) === 'on';
  },
  'gic-version': (text, settings) => {
    settings.gicVersion = word(text, ['2', '3'], ['4', 'host', 'max']) === '3' ? 3 : 2;
  },
  dumpdtb: (text, settings) => {
    settings.dumpDtb = nonEmpty(text);
  },
} as const satisfies Record<string, (text: string, settings: Settings) => void>;

/** `virt`, perhaps `type=virt`, and its properties. */
export function machine(text: string, settings: Settings): void {
  const [type, ...properties] = text.split(',');
  word(type.replace(/^type=/, ''), ['virt']);
  for (const property of properties) {
    const [, name, value = 'on'] = /^([^=]*)(?:=(.*))?$/s.exec(property) ?? [];
    const known = Object.keys(MACHINE_PROPERTIES) as (keyof typeof MACHINE_PROPERTIES)[];
    MACHINE_PROPERTIES[word(name, known, LATER_MACHINE_PROPERTIES)](value, settings);
  }
}

/** A CPU model. */
export function cpu(text: string): string {
  const [model, ...properties] = text.split(',');
  const found = word(model, CPU_MODELS, LATER_CPUS);
  if (properties.length > 0) throw new UsageError(`not supported yet: property '${properties[0]}'`);
  return found;
}

/** `4`, or `cpus=4`. */
export function cpuCount(text: string): number {
  const [first, ...options] = text.split(',');
  const match = /^(?:cpus=)?([0-9]+)$/.exec(first);
  if (match === null || Number(match[1]) < 1 || Number(match[1]) > MAX_CPUS) {
    throw new UsageError(`'${first}' is not a number of CPUs: give 1 to ${MAX_CPUS}`);
  }
  if (options.length > 0) throw new UsageError(`not supported yet: '${options[0]}'; give the number of CPUs alone`);
  return Number(match[1]);
}

/** Hexadecimal (0x) or decimal digits, alone or in groups as 0x80_0000_0000. */
const ADDRESS = /^(0x[0-9a-f]+|[0-9]+)(_[0-9a-f]+)*$/i;

/** A VA of 64 bits. */
export function virtualAddress(text: string): Va {
  const value = ADDRESS.test(text) ? BigInt(text.replaceAll('_', '')) : -1n;
  if (value < 0n || value >= 1n << 64n) throw new UsageError(`'${text}' is not a VA such as 0xffff800008000000`);
  return va(value);
}

/** A PA, exact in a number. */
export function address(text: string): number {
  const value = ADDRESS.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`'${text}' is not an address such as 0x8000000000`);
  return value;
}

/** `normal`, `chaos` or `chaos:SEED`. */
export function tlb(text: string): TlbKind {
  const match = /^chaos:([0-9]{1,9})$/.exec(text);
  if (match !== null) return { chaos: Number(match[1]) };
  if (text.startsWith('chaos:')) throw new UsageError(`'${text}' has no seed: give a whole number of up to 9 digits`);
  return word(text, ['normal', 'chaos']) === 'normal' ? 'normal' : { chaos: 1 };
}

/** `base=utc` or `base=DATE`, the date as 2024-02-29 or 2024-02-29T12:00:00: seconds since 1970, or the host's. */
export function rtcBase(text: string): number | 'utc' {
  const [first, ...options] = text.split(',');
  if (options.length > 0) throw new UsageError(`not supported yet: '${options[0]}'; give base=utc or base=DATE`);
  const base = first.replace(/^base=/, '');
  if (base === 'utc') return 'utc';
  if (base === 'localtime') throw new UsageError("not supported yet: 'localtime'; choose utc or a date");
  const isDate = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?$/.test(base);
  const seconds = isDate ? Date.parse(base.length === 10 ? base : `${base}Z`) / 1000 : Number.NaN;
  if (!(seconds >= 0 && seconds < 2 ** 32)) {
    throw new UsageError(`'${first}' is no date: give base=utc or one such as base=2024-02-29T12:00:00`);
  }
  return seconds;
}

/** `stdio`, `mon:stdio`, `null` or `file:PATH`. */
export function serial(text: string): Serial {
  if (text.startsWith('file:')) {
    if (text === 'file:') throw new UsageError("'file:' names no file: give file:PATH");
    return { kind: 'file', path: text.slice('file:'.length) };
  }
  if (/^(tcp|udp|telnet|unix|pty|chardev|vc|pipe|none|websocket)(:|$)/.test(text)) {
    throw new UsageError(`not supported yet: '${text}'; choose stdio, mon:stdio, null or file:PATH`);
  }
  return { kind: word(text, ['stdio', 'mon:stdio', 'null']) };
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
