/** NOR flash: what it tells about itself, programming, erasing, what goes wrong, and the state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { BLOCK_BYTES, Flash, type FlashPorts, type FlashState } from '../../src/devices/flash/flash.ts';
import { Frames } from '../../src/devices/frames.ts';

const BYTES = 0x40_0000;
const HOST = new HostMemory();
const [READY, ERASE_ERROR, PROGRAM_ERROR, PROTECTED] = [0x80, 0x20, 0x10, 0x02];

class Driver {
  memory = new Frames(HOST, BYTES);
  isShown = true;
  isFull = false;
  kept: [number, number][] = [];
  changes: [number, number][] = [];
  errors: string[] = [];
  readonly ports: FlashPorts = {
    show: (isShown) => {
      if (isShown === this.isShown) throw new Error('no change');
      this.isShown = isShown;
    },
    keep: (offset, bytes) => {
      this.kept.push([offset, bytes.length]);
      return !this.isFull;
    },
    changed: (offset, bytes) => this.changes.push([offset, bytes]),
    onGuestError: (text) => this.errors.push(text),
  };
  flash: Flash;

  constructor(isReadOnly = false) {
    this.flash = new Flash('flash', this.memory, isReadOnly, this.ports);
  }

  /** Sends a command to both chips. */
  command(offset: number, command: number): this {
    this.flash.write(offset, 4, command | (command << 16));
    return this;
  }
  write(offset: number, value: number, size: 1 | 2 | 4 = 4): this {
    this.flash.write(offset, size, value);
    return this;
  }
  read(offset: number, size: 1 | 2 | 4 = 4): number {
    return this.flash.read(offset, size) >>> 0;
  }
  /** What is in the memory, as a CPU sees it while it is shown. */
  stored(offset: number): number {
    const bytes = new Uint8Array(4);
    this.memory.read(offset, bytes);
    return new DataView(bytes.buffer).getUint32(0, true);
  }
  erase(offset: number): this {
    return this.command(offset, 0x20).command(offset, 0xd0);
  }
}

describe('a flash', () => {
  it('answers the CFI query on both chips as QEMU does', () => {
    const d = new Driver().command(0x55 * 4, 0x98);
    expect(d.isShown).toBe(false);
    const table = Array.from({ length: 0x30 }, (_, i) => d.read((0x10 + i) * 4));
    expect(table.map((word) => word & 0xffff)).toEqual(table.map((word) => word >>> 16));
    expect(table.map((word) => (word & 0xff).toString(16).padStart(2, '0')).join(' ')).toBe(
      '51 52 59 01 00 31 00 00 00 00 00 45 55 00 00 07 07 0a 00 04 04 04 00 15 02 00 0b 00 01 0f 00 00 ' +
        '02 50 52 49 31 30 00 00 00 00 00 00 00 00 00 01',
    );
    expect([d.read(0x40, 1), d.read(0x41, 1), d.read(0x42, 2), d.read(0, 4), d.read(0x1000, 4)]).toEqual([
      0x51, 0, 0x51, 0, 0,
    ]);
  });

  it('identifies itself in each block', () => {
    const d = new Driver().command(0, 0x90);
    expect([d.read(0), d.read(4), d.read(8), d.read(BLOCK_BYTES + 4)]).toEqual([0x89_0089, 0x18_0018, 0, 0x18_0018]);
    expect([d.read(BLOCK_BYTES, 2), d.read(BLOCK_BYTES + 2, 2)]).toEqual([0x89, 0x89]);
    d.command(0, 0xff);
    expect(d.isShown).toBe(true);
  });

  it('programs by clearing bits, and sets them by erasing a block', () => {
    const d = new Driver().erase(BLOCK_BYTES + 0x123);
    expect([d.stored(BLOCK_BYTES - 4), d.stored(BLOCK_BYTES), d.stored(2 * BLOCK_BYTES - 4)]).toEqual([
      0, 0xffff_ffff, 0xffff_ffff,
    ]);
    expect(d.stored(2 * BLOCK_BYTES)).toBe(0);
    for (const [command, value] of [
      [0x40, 0x1234_5678],
      [0x10, 0xffff_0000],
    ])
      d.command(BLOCK_BYTES, command).write(BLOCK_BYTES, value);
    expect(d.read(BLOCK_BYTES)).toBe((READY << 16) | READY);
    expect(d.stored(BLOCK_BYTES)).toBe(0x1234_0000);
    d.command(0, 0x40).write(BLOCK_BYTES + 5, 0x5a, 1);
    expect(d.stored(BLOCK_BYTES + 4)).toBe(0xffff_5aff);
    expect(d.changes).toEqual([
      [BLOCK_BYTES, BLOCK_BYTES],
      [BLOCK_BYTES, 4],
      [BLOCK_BYTES, 4],
      [BLOCK_BYTES + 5, 1],
    ]);
    expect(d.kept).toEqual(d.changes);
  });

  it('programs a buffer at once, when it is confirmed', () => {
    const d = new Driver().erase(0);
    d.kept = [];
    d.command(0x100, 0xe8);
    expect(d.read(0x100)).toBe((READY << 16) | READY);
    d.command(0x100, 3);
    for (let i = 0; i < 4; i++) d.write(0x100 + 4 * i, i);
    expect(d.stored(0x100)).toBe(0xffff_ffff);
    d.command(0x100, 0xd0).command(0, 0xff);
    expect([0, 4, 8, 12, 16].map((offset) => d.stored(0x100 + offset))).toEqual([0, 1, 2, 3, 0xffff_ffff]);
    expect(d.kept).toEqual([[0x100, 16]]);
  });

  it.each([
    ['a buffer that is too large', (d: Driver) => d.command(0, 0xe8).command(0, 1024)],
    ['no confirmation', (d: Driver) => d.command(0, 0x20).command(0, 0xff)],
    ['a buffer without confirmation', (d: Driver) => d.command(0, 0xe8).command(0, 0).write(0, 0).command(0, 0xff)],
    [
      'a buffer for two blocks',
      (d: Driver) => d.command(0, 0xe8).command(0, 1).write(0, 0).write(BLOCK_BYTES, 0).command(0, 0xd0),
    ],
  ])('refuses %s', (_, misuse) => {
    const d = new Driver();
    misuse(d);
    const wrong = READY | ERASE_ERROR | PROGRAM_ERROR;
    expect(d.read(0)).toBe((wrong << 16) | wrong);
    expect([d.kept, d.errors.length]).toEqual([[], 1]);
    expect(d.command(0, 0x50).command(0, 0x70).read(0)).toBe((READY << 16) | READY);
  });

  it('says when it is protected, and when what is programmed cannot be kept', () => {
    const isProtected = new Driver(true).erase(0);
    expect(isProtected.read(0, 1)).toBe(READY | ERASE_ERROR | PROTECTED);
    const full = new Driver();
    full.isFull = true;
    expect(full.command(0, 0x40).write(0, 0).read(0, 2)).toBe(READY | PROGRAM_ERROR);
    expect([isProtected.stored(0), isProtected.kept, full.changes]).toEqual([0, [], []]);
  });

  it('shows its memory after an unknown command, a reset, and a lock, which changes nothing', () => {
    const d = new Driver().command(0, 0x70).command(0, 0x33);
    expect([d.isShown, d.errors.length]).toEqual([true, 1]);
    d.command(0, 0x60).command(0, 0x01).command(0, 0x90);
    expect(d.read(8)).toBe(0);
    d.flash.reset();
    expect(d.isShown).toBe(true);
    expect(d.command(0, 0x40).write(0, 0).read(0, 2)).toBe(READY);
  });

  const write = fc.record({
    offset: fc.nat(2 * BLOCK_BYTES).map((offset) => offset * 4),
    value: fc.oneof(
      fc.constantFrom(0x20, 0x40, 0xd0, 0xe8, 0xff, 0x98, 0x90, 0x70, 0x50, 0x60, 0, 3).map((c) => c | (c << 16)),
      fc.nat(),
    ),
    size: fc.constantFrom<(1 | 2 | 4)[]>(1, 2, 4),
  });

  it('survives any writes, and goes on alike from its state', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 12 }), fc.array(write, { maxLength: 12 }), (before, after) => {
        const d = new Driver();
        for (const { offset, size, value } of before) d.flash.write(offset % BYTES, size, value);
        const state = JSON.parse(JSON.stringify(d.flash.state())) as FlashState;
        const e = new Driver();
        const all = new Uint8Array(BYTES);
        d.memory.read(0, all);
        e.memory.write(0, all);
        e.flash = Flash.fromState(state, 'flash', e.memory, false, e.ports);
        expect(e.isShown).toBe(d.isShown);
        for (const { offset, size, value } of after) {
          for (const one of [d, e]) one.flash.write(offset % BYTES, size, value);
          expect(e.read(offset % BYTES, size)).toBe(d.read(offset % BYTES, size));
        }
        expect(e.flash.state()).toEqual(d.flash.state());
      }),
      { numRuns: 30 },
    );
  });
});
