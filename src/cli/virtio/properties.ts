/** Properties as QEMU's flags have them: `WORD,NAME=VALUE,NAME=VALUE`, where `,,` stands for a comma in a value. */

import { nearest } from '../nearest.ts';
import { UsageError } from '../usage-error.ts';
import { word } from '../values.ts';

export class Properties {
  private readonly values = new Map<string, string>();
  private readonly asked = new Set<string>();

  /** `implied`: name of the property whose value may stand first without it. Throws UsageError. */
  constructor(text: string, implied?: string) {
    for (const [index, part] of splitAtCommas(text).entries()) {
      const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? [];
      if (value !== undefined) this.add(name, value);
      else if (index === 0 && implied !== undefined) this.add(implied, name);
      else this.add(name, 'on');
    }
  }

  private add(name: string, value: string): void {
    if (name === '') throw new UsageError('a property has no name');
    if (this.values.has(name)) throw new UsageError(`${name}= is given twice`);
    this.values.set(name, value);
  }

  /** The value of a property; undefined where it is not given. */
  get(name: string): string | undefined {
    this.asked.add(name);
    return this.values.get(name);
  }

  /** The value of a property that has to be there. Throws UsageError. */
  need(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === '') throw new UsageError(`${name}= is missing`);
    return value;
  }

  /** One of a few words, the first unless given; `later` are words that a later version takes. Throws UsageError. */
  word<Word extends string>(name: string, allowed: readonly Word[], later: readonly string[] = []): Word {
    const value = this.get(name);
    if (value === undefined) return allowed[0];
    return withName(name, () => word(value, allowed, later));
  }

  /** A switch, off unless given. Throws UsageError. */
  isOn(name: string): boolean {
    return this.word(name, ['off', 'on']) === 'on';
  }

  /** A whole number from 0 to `max`; undefined where it is not given. Throws UsageError. */
  number(name: string, max: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number <= max)) throw new UsageError(`${name}=${value}: give a whole number up to ${max}`);
    return number;
  }

  /** To be called when all properties have been asked for. Throws UsageError when there are others. */
  end(): void {
    const unknown = [...this.values.keys()].find((name) => !this.asked.has(name));
    if (unknown === undefined) return;
    const guess = nearest(unknown, [...this.asked]);
    const hint = guess === undefined ? '' : `did you mean ${guess}=? `;
    throw new UsageError(`unknown property ${unknown}: ${hint}choose from ${[...this.asked].join(', ')}`);
  }
}

/** Parts between single commas, with double ones made single. */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== ',') parts[parts.length - 1] += text[i];
    else if (text[i + 1] === ',') parts[parts.length - 1] += text[i++];
    else parts.push('');
  }
  return parts;
}

/** Puts the property's name before an error's message. */
function withName<Result>(name: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${name}=: ${error.message}`);
    throw error;
  }
}
