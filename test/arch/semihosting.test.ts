/** Semihosting calls: console, files, clocks, and what cannot be served. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Semihosting } from '../../src/arch/semihosting.ts';
import { Failure } from '../../src/arch/semihosting-errors.ts';
import type { FileMode, SemihostingFile, SemihostingFiles } from '../../src/arch/semihosting-files.ts';
import type { SemihostingPorts } from '../../src/arch/semihosting-ports.ts';

const BASE = 0x4000_0000;
const BYTES = 0x2_0000;

/** Files in memory; a name that ends in `!` fails in every way. */
class Files implements SemihostingFiles {
  readonly contents = new Map<string, number[]>();
  opened = 0;

  open(name: string, mode: FileMode): SemihostingFile | Failure {
    if (mode.startsWith('r') && !this.contents.has(name)) return new Failure(2);
    const content = mode.startsWith('w') ? [] : (this.contents.get(name) ?? []);
    this.contents.set(name, content);
    this.opened++;
    const failure = name.endsWith('!') ? new Failure(5) : undefined;
    return {
      read: (position, count) => failure ?? Uint8Array.from(content.slice(position, position + count)),
      write: (position, bytes) => {
        for (const [i, byte] of bytes.entries()) content[position + i] = byte;
        return failure ?? bytes.length;
      },
      length: () => failure ?? content.length,
      close: () => {
        this.opened--;
      },
    };
  }
  remove(name: string): Failure | undefined {
    return this.contents.delete(name) ? undefined : new Failure(2);
  }
  rename(from: string, to: string): Failure | undefined {
    const content = this.contents.get(from);
    if (content === undefined) return new Failure(2);
    this.contents.set(to, content);
    return this.remove(from);
  }
  text(name: string): string {
    return String.fromCharCode(...(this.contents.get(name) ?? []));
  }
}

/** A guest with 128 KiB of memory at BASE, two registers and a console. */
class Guest implements SemihostingPorts {
  readonly memory = new Uint8Array(BYTES);
  readonly x = [0n, 0n];
  output = '';
  exits: number[] = [];
  unsupported: string[] = [];
  time = 0;
  largestRead = 0;
  readonly files = new Files();
  readonly commandLine = 'console=ttyAMA0 é';
  readonly startSeconds = 1000;
  /** What has been typed; `typedEnd`: nothing more will be. */
  keys = '';
  typedEnd = false;
  readonly host = new Semihosting(this);

  reg(n: number) {
    return { hi: Number(this.x[n] >> 32n), lo: Number(this.x[n] & 0xffff_ffffn) };
  }
  setReg(n: number, hi: number, lo: number): void {
    this.x[n] = (BigInt(hi) << 32n) | BigInt(lo);
  }
  private offset(address: bigint, length: number): number | undefined {
    const at = Number(address) - BASE;
    return at >= 0 && at + length <= BYTES ? at : undefined;
  }
  readBytes(address: bigint, length: number): Uint8Array | undefined {
    this.largestRead = Math.max(this.largestRead, length);
    const at = this.offset(address, length);
    return at === undefined ? undefined : this.memory.slice(at, at + length);
  }
  writeBytes(address: bigint, bytes: Uint8Array): boolean {
    const at = this.offset(address, bytes.length);
    if (at !== undefined) this.memory.set(bytes, at);
    return at !== undefined;
  }
  console(bytes: Uint8Array): void {
    this.output += Buffer.from(bytes).toString('latin1');
  }
  typed(count: number): Uint8Array | undefined {
    if (this.keys === '') return this.typedEnd ? new Uint8Array() : undefined;
    const taken = this.keys.slice(0, count);
    this.keys = this.keys.slice(count);
    return Buffer.from(taken, 'latin1');
  }
  exit(code: number): void {
    this.exits.push(code);
  }
  nanoseconds(): number {
    return this.time;
  }
  heap(): readonly [number, number, number, number] {
    return [0x4100_0000, 0x4200_0000, 0x4300_0000, 0];
  }
  onUnsupported(text: string): void {
    this.unsupported.push(text);
  }

  text(at: number, text: string): number {
    this.memory.set(Buffer.from(text, 'latin1'), at);
    return BASE + at;
  }
  /** Calls with X1 as given; X0 as a signed value, NaN while the call waits. */
  call(operation: number, parameter: number | bigint): number {
    this.x[0] = BigInt(operation);
    this.x[1] = BigInt(parameter);
    return this.again();
  }
  again(): number {
    return this.host.call() ? Number(BigInt.asIntN(64, this.x[0])) : Number.NaN;
  }
  /** Calls with a block of words at BASE. */
  block(operation: number, ...words: (number | bigint)[]): number {
    const view = new DataView(this.memory.buffer);
    words.forEach((value, i) => {
      view.setBigUint64(i * 8, BigInt(value), true);
    });
    return this.call(operation, BASE);
  }
  open(mode: number, name = ':tt'): number {
    return this.block(0x01, this.text(0x100, `${name}\0`), mode, name.length);
  }
  write(handle: number, text: string): number {
    return this.block(0x05, handle, this.text(0x200, text), text.length);
  }
  /** SYS_READ into memory: its result and what was read. */
  read(handle: number, count: number): [number, string] {
    this.memory.fill(0, 0x300, 0x400);
    const left = this.block(0x06, handle, BASE + 0x300, count);
    return [left, Buffer.from(this.memory.subarray(0x300, 0x400)).toString('latin1').replaceAll('\0', '')];
  }
  word(at: number): bigint {
    return new DataView(this.memory.buffer).getBigUint64(at, true);
  }
  get errno(): number {
    return this.call(0x13, 0);
  }
}

describe('semihosting', () => {
  it('writes characters and strings', () => {
    const guest = new Guest();
    expect(guest.call(0x03, guest.text(0x80, 'A'))).toBe(0);
    expect(guest.call(0x04, guest.text(0xfd, `${'x'.repeat(200)}\0y`))).toBe(0);
    expect(guest.output).toBe(`A${'x'.repeat(200)}`);
    expect(guest.call(0x04, guest.text(0x40, '\0'))).toBe(0);
    expect(guest.output).toHaveLength(201);
  });

  it('reads a string no further than the aligned 64 bytes that hold its end', () => {
    const guest = new Guest();
    expect(guest.call(0x04, guest.text(BYTES - 3, 'ok\0'))).toBe(0);
    expect(guest.output).toBe('ok');
    guest.memory.fill(0x61, BYTES - 100);
    expect(guest.call(0x04, BASE + BYTES - 100)).toBe(-1);
    expect(guest.errno).toBe(14);
  });

  it('opens, writes and closes the console', () => {
    const guest = new Guest();
    const out = guest.open(4);
    const text = guest.text(0x200, 'hello');
    expect(out).toBeGreaterThan(0);
    expect(guest.block(0x05, out, text, 5)).toBe(0);
    expect(guest.output).toBe('hello');
    expect(guest.block(0x09, out)).toBe(1);
    expect(guest.block(0x0c, out)).toBe(-1);
    expect(guest.block(0x02, out)).toBe(0);
    expect(guest.block(0x02, out)).toBe(-1);
    expect(guest.errno).toBe(9);
    expect(guest.block(0x05, out, text, 5)).toBe(5);
    expect(guest.output).toBe('hello');
  });

  it('reads the console: waits for input, takes what there is, finds the end', () => {
    const guest = new Guest();
    const input = guest.open(0);
    expect(guest.read(input, 10)).toEqual([Number.NaN, '']);
    expect([guest.x[0], guest.x[1]]).toEqual([0x06n, BigInt(BASE)]);
    guest.keys = 'abc';
    expect(guest.again()).toBe(7);
    expect(Buffer.from(guest.memory.subarray(0x300, 0x303)).toString()).toBe('abc');
    guest.keys = 'defg';
    expect(guest.read(input, 2)).toEqual([0, 'de']);
    expect(guest.call(0x07, 0)).toBe(0x66);
    expect(guest.call(0x07, 0)).toBe(0x67);
    expect(guest.call(0x07, 0)).toBeNaN();
    guest.typedEnd = true;
    expect(guest.again()).toBe(-1);
    expect(guest.block(0x06, input, BASE + 0x300, 10)).toBe(10);
    expect(guest.block(0x06, input, BASE + 0x300, 0)).toBe(0);
    expect(guest.block(0x05, input, BASE + 0x300, 10)).toBe(10);
    expect(guest.errno).toBe(9);
    expect(guest.block(0x06, guest.open(8), BASE + 0x300, 10)).toBe(-1);
  });

  it('refuses names and modes that are none', () => {
    const guest = new Guest();
    const errnoOf = (...block: (number | bigint)[]): number => {
      expect(guest.block(0x01, ...block)).toBe(-1);
      return guest.errno;
    };
    const name = guest.text(0x100, 'abc\0');
    expect(errnoOf(name, 0, 3)).toBe(2);
    expect(errnoOf(name, 12, 3)).toBe(22);
    expect(errnoOf(name, 2n ** 64n - 1n, 3)).toBe(22);
    expect(errnoOf(name, 4, 2)).toBe(22);
    expect(errnoOf(name, 4, 4)).toBe(22);
    expect(errnoOf(name, 4, 2n ** 64n - 1n)).toBe(36);
    expect(errnoOf(0, 0, 3)).toBe(14);
    expect(guest.files.contents.size).toBe(0);
  });

  it('works with files: writes, seeks, reads, tells the length', () => {
    const guest = new Guest();
    const file = guest.open(6, 'a.txt');
    expect(guest.write(file, 'hello world')).toBe(0);
    expect(guest.block(0x0c, file)).toBe(11);
    expect(guest.block(0x09, file)).toBe(0);
    expect(guest.block(0x0a, file, 6)).toBe(0);
    expect(guest.read(file, 8)).toEqual([3, 'world']);
    expect(guest.read(file, 8)).toEqual([8, '']);
    expect(guest.block(0x0a, file, 0)).toBe(0);
    expect(guest.write(file, 'J')).toBe(0);
    expect(guest.block(0x02, file)).toBe(0);
    expect([guest.files.text('a.txt'), guest.files.opened]).toEqual(['Jello world', 0]);
  });

  it.each([
    ['r', 0, 'old', true, false],
    ['r+', 3, 'newXX', true, true],
    ['w', 4, 'new', false, true],
    ['w+', 6, 'new', true, true],
    ['a', 9, 'oldXXnew', false, true],
    ['a+', 10, 'oldXXnew', true, true],
  ])('opens as fopen does with %s', (mode, number, after, reads, writes) => {
    const guest = new Guest();
    guest.files.contents.set('f', [...Buffer.from(mode === 'r' ? 'old' : 'oldXX')]);
    const file = guest.open(number, 'f');
    expect(guest.write(file, 'new')).toBe(writes ? 0 : 3);
    expect(guest.files.text('f')).toBe(after);
    expect(guest.read(file, 1)[0]).toBeOneOf(reads ? [0, 1] : [-1]);
    if (!reads) expect(guest.errno).toBe(9);
  });

  it('refuses positions that no file should reach', () => {
    const guest = new Guest();
    const file = guest.open(4, 'f');
    expect(guest.block(0x0a, file, 2n ** 32n + 1n)).toBe(-1);
    expect(guest.block(0x0a, file, 2n ** 32n)).toBe(0);
    expect(guest.write(file, 'x')).toBe(1);
    expect(guest.errno).toBe(27);
    expect(guest.block(0x0a, guest.open(0), 0)).toBe(-1);
  });

  it('passes on what the host says against it', () => {
    const guest = new Guest();
    const file = guest.open(6, 'bad!');
    expect(guest.write(file, 'abc')).toBe(3);
    expect(guest.read(file, 1)[0]).toBe(-1);
    expect(guest.errno).toBe(5);
    expect(guest.block(0x0c, file)).toBe(-1);
    expect(guest.write(guest.open(8, 'bad!'), 'abc')).toBe(3);
  });

  it('removes and renames', () => {
    const guest = new Guest();
    guest.block(0x02, guest.open(4, 'a'));
    const [a, b] = [guest.text(0x100, 'a\0'), guest.text(0x110, 'bb\0')];
    expect(guest.block(0x0f, a, 1, b, 2)).toBe(0);
    expect([...guest.files.contents.keys()]).toEqual(['bb']);
    expect(guest.block(0x0f, a, 1, b, 2)).toBe(-1);
    expect(guest.errno).toBe(2);
    expect(guest.block(0x0e, b, 2)).toBe(0);
    expect(guest.block(0x0e, b, 2)).toBe(-1);
    expect(guest.block(0x0e, b, 3)).toBe(-1);
    expect(guest.errno).toBe(22);
  });

  it('makes temporary names', () => {
    const guest = new Guest();
    const name = (id: number | bigint, length: number): [number, string] => {
      const left = guest.block(0x0d, BASE + 0x100, id, length);
      return [left, Buffer.from(guest.memory.subarray(0x100, 0x107)).toString('latin1')];
    };
    expect(name(0xab, 7)).toEqual([0, 'tmp-ab\0']);
    expect(name(256, 7)[0]).toBe(-1);
    expect(name(1, 6)[0]).toBe(-1);
  });

  it('gives the command line with its length in bytes', () => {
    const guest = new Guest();
    expect(guest.block(0x15, BASE + 0x100, 100)).toBe(0);
    expect(guest.word(8)).toBe(18n);
    expect(Buffer.from(guest.memory.subarray(0x100, 0x113)).toString()).toBe('console=ttyAMA0 é\0');
    expect(guest.block(0x15, BASE + 0x100, 18)).toBe(-1);
    expect(guest.block(0x15, 0, 100)).toBe(-1);
  });

  it('lists its features', () => {
    const guest = new Guest();
    const file = guest.open(0, ':semihosting-features');
    expect(guest.block(0x0c, file)).toBe(5);
    expect(guest.read(file, 10)).toEqual([5, 'SHFB\x03']);
    expect(guest.open(4, ':semihosting-features')).toBe(-1);
  });

  it('closes all files when the guest starts again', () => {
    const guest = new Guest();
    guest.open(4, 'a');
    guest.open(4, 'b');
    guest.host.reset();
    expect(guest.files.opened).toBe(0);
    expect(guest.open(4)).toBe(1);
  });

  it('runs out of handles', () => {
    const guest = new Guest();
    expect(new Set(Array.from({ length: 16 }, () => guest.open(4))).size).toBe(16);
    expect(guest.open(4)).toBe(-1);
    expect(guest.errno).toBe(24);
  });

  it('bounds what one call writes and says what is left', () => {
    const guest = new Guest();
    const out = guest.open(4);
    expect(guest.block(0x05, out, BASE, BYTES)).toBe(0);
    expect(guest.output).toHaveLength(BYTES);
    expect(guest.block(0x05, out, BASE, 2n ** 63n - 1n)).toBe(Number(2n ** 63n - 1n));
    expect([guest.errno, guest.largestRead]).toEqual([14, 0x10_0000]);
    guest.memory.fill(0x61);
    expect(guest.call(0x04, BASE)).toBe(-1);
    expect(guest.output).toHaveLength(BYTES + 0x1_0000);
  });

  it.each([
    [0x18, [0x2_0026, 7], 7],
    [0x20, [0x2_0026, 300], 300],
    [0x18, [0x2_0026, 2n ** 64n - 1n], -1],
    [0x18, [0x2_0023, 0], 1],
  ])('ends the guest by call %#x with %j', (operation, words, code) => {
    const guest = new Guest();
    guest.block(operation, ...words);
    expect(guest.exits).toEqual([code]);
  });

  it('ends the guest with 1 when its block cannot be read', () => {
    const guest = new Guest();
    guest.call(0x18, 0x2_0026);
    expect(guest.exits).toEqual([1]);
  });

  it('tells the time', () => {
    const guest = new Guest();
    guest.time = 2_345_678_901;
    expect(guest.call(0x10, 0)).toBe(234);
    expect(guest.call(0x11, 0)).toBe(1002);
    expect(guest.call(0x30, BASE + 0x40)).toBe(0);
    expect(guest.word(0x40)).toBe(2_345_678_901n);
    expect(guest.call(0x31, 0)).toBe(1_000_000_000);
    expect(guest.call(0x30, 0)).toBe(-1);
  });

  it('tells where heap and stack may be, and which status is an error', () => {
    const guest = new Guest();
    expect(guest.block(0x16, BASE + 0x40)).toBe(0);
    expect([0x40, 0x48, 0x50, 0x58].map((at) => guest.word(at))).toEqual([
      0x4100_0000n,
      0x4200_0000n,
      0x4300_0000n,
      0n,
    ]);
    expect(guest.block(0x08, 2n ** 64n - 1n)).toBe(1);
    expect(guest.block(0x08, 5)).toBe(0);
  });

  it('says which call it does not have', () => {
    const guest = new Guest();
    expect(guest.call(0x12, BASE)).toBe(-1);
    expect(guest.unsupported).toEqual(['semihosting call 0x12 is not implemented']);
    expect(guest.errno).toBe(38);
  });

  it('keeps its handles and errno in its state', () => {
    const guest = new Guest();
    const [first, file, out] = [guest.open(0), guest.open(4, 'f'), guest.open(4)];
    guest.write(file, 'abc');
    guest.block(0x02, first);
    guest.block(0x02, first);
    const state = JSON.parse(JSON.stringify(guest.host.state()));
    const copy = Semihosting.fromState(state, guest);
    expect(copy.state()).toEqual({
      handles: [
        [file, { name: 'f', mode: 'w', position: 3 }],
        [out, { name: ':tt', mode: 'w', position: 0 }],
      ],
      errno: 9,
    });
    expect(guest.files.text('f')).toBe('abc');
    guest.files.contents.clear();
    expect(
      Semihosting.fromState(state, guest)
        .state()
        .handles.map(([handle]) => handle),
    ).toEqual([out]);
  });

  it('answers any registers and memory with bounded work', () => {
    const word = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: BASE, max: BASE + BYTES }).map(BigInt),
    );
    fc.assert(
      fc.property(fc.nat(0x40), word, fc.array(word, { minLength: 3, maxLength: 3 }), (operation, parameter, words) => {
        const guest = new Guest();
        guest.open(4);
        guest.block(0x13, ...words);
        guest.call(operation, parameter);
        guest.block(operation, ...words);
        expect(guest.largestRead).toBeLessThanOrEqual(0x10_0000);
      }),
    );
  });
});
