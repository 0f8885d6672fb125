import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Semihosting } from '../../src/arch/semihosting.ts';
import type { SemihostingPorts } from '../../src/arch/semihosting-ports.ts';

const BASE = 0x4000_0000;
const BYTES = 0x2_0000;

/** A guest with 128 KiB of memory at BASE, two registers and a console. */
class Guest implements SemihostingPorts {
  readonly memory = new Uint8Array(BYTES);
  readonly x = [0n, 0n];
  output = '';
  exits: number[] = [];
  unsupported: string[] = [];
  time = 0;
  largestRead = 0;
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
  /** Calls with X1 as given; X0 as a signed value. */
  call(operation: number, parameter: number | bigint): number {
    this.x[0] = BigInt(operation);
    this.x[1] = BigInt(parameter);
    this.host.call();
    return Number(BigInt.asIntN(64, this.x[0]));
  }
  /** Calls with a block of words at BASE. */
  block(operation: number, ...words: (number | bigint)[]): number {
    const view = new DataView(this.memory.buffer);
    words.forEach((value, i) => {
      view.setBigUint64(i * 8, BigInt(value), true);
    });
    return this.call(operation, BASE);
  }
  open(mode: number): number {
    return this.block(0x01, this.text(0x100, ':tt\0'), mode, 3);
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

  it('reads the console as at its end', () => {
    const guest = new Guest();
    const input = guest.open(0);
    expect(guest.block(0x06, input, BASE + 0x300, 10)).toBe(10);
    expect(guest.block(0x05, input, BASE + 0x300, 10)).toBe(10);
    expect(guest.errno).toBe(9);
    expect(guest.block(0x06, guest.open(8), BASE + 0x300, 10)).toBe(-1);
  });

  it('opens nothing else', () => {
    const guest = new Guest();
    expect(guest.block(0x01, guest.text(0x100, '/etc/passwd\0'), 0, 11)).toBe(-1);
    expect(guest.errno).toBe(2);
    expect(guest.block(0x01, guest.text(0x100, 'abc\0'), 0, 3)).toBe(-1);
    expect(guest.open(12)).toBe(-1);
    expect(guest.errno).toBe(22);
    expect(guest.block(0x01, 0, 0, 3)).toBe(-1);
    expect(guest.errno).toBe(14);
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
    expect(guest.block(0x05, out, BASE, 0x1_8000)).toBe(0x8000);
    expect(guest.output).toHaveLength(0x1_0000);
    expect(guest.block(0x05, out, BASE, 2n ** 63n - 1n)).toBe(Number(2n ** 63n - 1n - 0x1_0000n));
    expect(guest.largestRead).toBe(0x1_0000);
    guest.memory.fill(0x61);
    expect(guest.call(0x04, BASE)).toBe(-1);
    expect(guest.output).toHaveLength(0x3_0000);
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
    expect(guest.call(0x11, 0)).toBe(Date.UTC(2024, 0, 1) / 1000 + 2);
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
    const [first, out] = [guest.open(0), guest.open(4)];
    guest.block(0x02, first);
    guest.block(0x02, first);
    const state = JSON.parse(JSON.stringify(guest.host.state()));
    const copy = Semihosting.fromState(state, guest);
    expect(copy.state()).toEqual({ handles: [[out, 'output']], errno: 9 });
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
        expect(guest.largestRead).toBeLessThanOrEqual(0x1_0000);
      }),
    );
  });
});
