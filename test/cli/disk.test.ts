/** Disk images in files of the host: sizes, positions, failures as values, and what is no disk. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openDisk } from '../../src/host/disk.ts';
import { FileError } from '../../src/host/files.ts';

/** What the file system refuses: a flush, writes that reach a position. Half of such a write is done before. */
const failing = vi.hoisted(() => ({ flush: false, writeFrom: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const refuse = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    ...fs,
    fsyncSync: (fd: number) => (failing.flush ? refuse('EIO') : fs.fsyncSync(fd)),
    writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number) {
      if (position >= failing.writeFrom) refuse('ENOSPC');
      return fs.writeSync(fd, bytes, offset, Math.min(length, failing.writeFrom - position), position);
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), 'el2-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const file = (bytes: number): string => {
  const path = join(folder, `disk-${count++}`);
  writeFileSync(path, new Uint8Array(bytes).fill(0x11));
  return path;
};

describe('a disk image', () => {
  it('is read and written at any position', () => {
    const path = file(2048);
    const disk = openDisk(path, false);
    expect([disk.bytes, disk.isReadOnly]).toEqual([2048, false]);
    expect(disk.write(700, new Uint8Array(600).fill(0x22))).toBe(true);
    const bytes = new Uint8Array(602);
    expect([disk.read(699, bytes), bytes[0], bytes[1], bytes[600], bytes[601]]).toEqual([true, 17, 34, 34, 17]);
    expect(disk.flush()).toBe(true);
    disk.close();
    expect([...readFileSync(path).subarray(699, 702)]).toEqual([0x11, 0x22, 0x22]);
  });

  it('has whole sectors: what the file lacks is zeros until written', () => {
    const path = file(700);
    const disk = openDisk(path, false);
    const bytes = new Uint8Array(1024).fill(0xff);
    expect([disk.bytes, disk.read(0, bytes), bytes[699], bytes[700], bytes[1023]]).toEqual([1024, true, 17, 0, 0]);
    expect(disk.write(512, new Uint8Array(512).fill(0x33))).toBe(true);
    disk.close();
    expect(readFileSync(path)).toHaveLength(1024);
  });

  it('reaches beyond 4 GiB', () => {
    const path = file(0);
    truncateSync(path, 2 ** 33);
    const disk = openDisk(path, false);
    const bytes = new Uint8Array(512);
    expect(disk.write(2 ** 33 - 512, bytes.fill(7))).toBe(true);
    expect([disk.bytes, disk.read(2 ** 33 - 512, bytes.fill(0)), bytes[511]]).toEqual([2 ** 33, true, 7]);
    disk.close();
  });

  it('tells failures of the host as values', () => {
    const path = file(1024);
    const disk = openDisk(path, false);
    const bytes = new Uint8Array(1024);
    failing.writeFrom = 512;
    expect([disk.write(0, bytes), disk.write(0, bytes.subarray(512)), disk.write(512, bytes.subarray(512))]).toEqual([
      false,
      true,
      false,
    ]);
    failing.writeFrom = Number.POSITIVE_INFINITY;
    expect(disk.write(0, bytes)).toBe(true);
    disk.close();
    const readOnly = openDisk(path, true);
    expect([readOnly.isReadOnly, readOnly.write(0, bytes), readOnly.read(0, bytes)]).toEqual([true, false, true]);
    readOnly.close();
  });

  it('has lost data for ever when a flush has failed', () => {
    const disk = openDisk(file(512), false);
    const flushes = [disk.flush()];
    failing.flush = true;
    flushes.push(disk.flush());
    failing.flush = false;
    flushes.push(disk.flush());
    expect(flushes).toEqual([true, false, false]);
    disk.close();
  });

  it('is a regular file, and is the same under another name', () => {
    expect(() => openDisk(join(folder, 'none'), true)).toThrow(FileError);
    expect(() => openDisk(folder, true)).toThrow(/no regular file|it is a folder/);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => openDisk(pipe, true)).toThrow(`${pipe}: it is no regular file; give a raw disk image`);
    const path = file(512);
    const [one, other] = [openDisk(path, true), openDisk(join(folder, '.', `disk-${count - 1}`), true)];
    expect(one.identity).toBe(other.identity);
    one.close();
    other.close();
  });
});
