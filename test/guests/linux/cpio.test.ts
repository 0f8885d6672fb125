/** The writer of initramfs archives: the newc form as the kernel reads it, the same bytes for the same files. */

import { expect, it } from 'vitest';
import { CONSOLE_NODE, cpio, DIRECTORY, type Entry, FILE, PROGRAM } from '../../../scripts/guests/cpio.ts';

const ENTRIES: readonly Entry[] = [
  { path: 'init', mode: PROGRAM, data: Buffer.from('#!/bin/sh\n') },
  { path: 'a/b/c', mode: FILE, data: Buffer.from('abc') },
  { path: 'dev/console', mode: CONSOLE_NODE, device: [5, 1] },
  { path: 'proc', mode: DIRECTORY },
];

const FIELDS = ['ino', 'mode', 'uid', 'gid', 'nlink', 'mtime', 'size', 'major', 'minor', 'rmajor', 'rminor', 'name'];
const HEADER_BYTES = 110;
const aligned = (at: number): number => (at + 3) & ~3;

/** The records as `initramfs buffer format` in the kernel's documentation lays them out. */
function read(archive: Uint8Array) {
  const bytes = Buffer.from(archive);
  const records: { name: string; data: string; header: Record<string, number> }[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index).slice(0, 8), 16);
    const header = Object.fromEntries(FIELDS.map((label, index) => [label, field(index)]));
    const name = bytes.toString('latin1', at + HEADER_BYTES, at + HEADER_BYTES + header.name - 1);
    const data = aligned(at + HEADER_BYTES + header.name);
    records.push({ name, data: bytes.toString('latin1', data, data + header.size), header });
    at = aligned(data + header.size);
  }
  return records;
}

it('writes each entry after the folders above it, and a trailer', () => {
  const records = read(cpio(ENTRIES));
  expect(records.map(({ name }) => name)).toEqual([
    'a',
    'a/b',
    'a/b/c',
    'dev',
    'dev/console',
    'init',
    'proc',
    'TRAILER!!!',
  ]);
  expect(records.map(({ header }) => header.ino)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('writes modes, contents and device numbers, and no owner or time', () => {
  const records = new Map(read(cpio(ENTRIES)).map((record) => [record.name, record]));
  expect(records.get('a/b/c')).toMatchObject({ data: 'abc', header: { mode: 0o100644, size: 3 } });
  expect(records.get('a')?.header).toMatchObject({ mode: 0o040755, size: 0 });
  expect(records.get('dev/console')?.header).toMatchObject({ mode: 0o020600, rmajor: 5, rminor: 1 });
  for (const { header } of records.values()) expect(header).toMatchObject({ uid: 0, gid: 0, mtime: 0 });
});

it('writes the same bytes whatever the order of the entries', () => {
  expect(cpio([...ENTRIES].reverse())).toEqual(cpio(ENTRIES));
});
