/** Files that a folder lends to guests: what works, and that no name leads out of the folder. */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO, Failure } from '../../src/arch/semihosting-errors.ts';
import type { FileMode, SemihostingFile, SemihostingFiles } from '../../src/arch/semihosting-files.ts';
import { FileError } from '../../src/host/files.ts';
import { guestFiles } from '../../src/host/guest-files.ts';

const MODES: readonly FileMode[] = ['r', 'r+', 'w', 'w+', 'a', 'a+'];
const text = (bytes: Uint8Array | Failure | undefined): string | undefined =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : undefined;
const bytes = (content: string): Uint8Array => Buffer.from(content);

let top: string;
let inside: string;
let files: SemihostingFiles;

/** top/secret.txt and top/inside/{a.txt,sub/b.txt}; guests get top/inside. */
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'el2-files-')));
  inside = join(top, 'inside');
  mkdirSync(join(inside, 'sub'), { recursive: true });
  writeFileSync(join(top, 'secret.txt'), 'secret');
  writeFileSync(join(inside, 'a.txt'), 'hello');
  writeFileSync(join(inside, 'sub', 'b.txt'), 'below');
  files = guestFiles(inside);
});
afterEach(() => rmSync(top, { recursive: true }));

function opened(name: string, mode: FileMode): SemihostingFile {
  const file = files.open(name, mode);
  if (file instanceof Failure) throw new Error(`${name}: errno ${file.errno}`);
  return file;
}
/** Opens, closes, and says how it went. */
function errnoOf(name: string, mode: FileMode): number {
  const file = files.open(name, mode);
  if (file instanceof Failure) return file.errno;
  file.close();
  return 0;
}

describe('a folder for guests', () => {
  it('lends its files for reading', () => {
    const file = opened('a.txt', 'r');
    expect([text(file.read(0, 100)), text(file.read(3, 1)), text(file.read(5, 9))]).toEqual(['hello', 'l', '']);
    expect(text(file.read(2 ** 32, 9))).toBe('');
    expect(file.length()).toBe(5);
    expect(file.write(0, bytes('x'))).toEqual(new Failure(ERRNO.EBADF));
    file.close();
    expect(text(opened('./sub//b.txt', 'r').read(0, 9))).toBe('below');
  });

  it('takes files in, keeps, empties and appends as the mode says', () => {
    expect(errnoOf('new.txt', 'r')).toBe(ERRNO.ENOENT);
    expect(errnoOf('new.txt', 'r+')).toBe(ERRNO.ENOENT);
    expect(opened('new.txt', 'w').write(2, bytes('abc'))).toBe(3);
    expect(readFileSync(join(inside, 'new.txt'), 'latin1')).toBe('\0\0abc');
    expect(errnoOf('a.txt', 'a')).toBe(0);
    expect(opened('a.txt', 'a').length()).toBe(5);
    expect(opened('a.txt', 'w+').length()).toBe(0);
  });

  it('reads names as UTF-8', () => {
    const name = Buffer.from('grün.txt').toString('latin1');
    expect(errnoOf(name, 'w')).toBe(0);
    expect(readdirSync(inside)).toContain('grün.txt');
    expect(errnoOf('gr\xfcn.txt', 'w')).toBe(ERRNO.EINVAL);
  });

  it('removes and renames files, and nothing else', () => {
    expect(files.rename('a.txt', 'sub/c.txt')).toBeUndefined();
    expect(text(opened('sub/c.txt', 'r').read(0, 9))).toBe('hello');
    expect(files.rename('sub/c.txt', 'sub/b.txt')).toBeUndefined();
    expect(files.remove('sub/b.txt')).toBeUndefined();
    expect(files.remove('sub/b.txt')).toEqual(new Failure(ERRNO.ENOENT));
    expect(files.remove('sub')).toEqual(new Failure(ERRNO.EISDIR));
    expect(files.rename('sub', 'bus')).toEqual(new Failure(ERRNO.EISDIR));
  });

  it('is a folder', () => {
    expect(() => guestFiles(join(top, 'secret.txt'))).toThrow(FileError);
    expect(() => guestFiles(join(top, 'nowhere'))).toThrow(/nowhere: no such file or folder$/);
  });
});

describe('a hostile name', () => {
  it.each([
    '/etc/passwd',
    '//etc/passwd',
    '..',
    '../secret.txt',
    'sub/../../secret.txt',
    'sub/../a.txt',
    './../secret.txt',
    '.. /secret.txt',
    '..\\secret.txt',
    'C:\\secret.txt',
    'c:secret.txt',
    'a.txt:stream',
    'a.txt\0.png',
    '',
    'x\n',
  ])('%j is refused in every way', (name) => {
    for (const mode of MODES) expect(errnoOf(name, mode)).toBe(ERRNO.EACCES);
    expect(files.remove(name)).toEqual(new Failure(ERRNO.EACCES));
    expect(files.rename(name, 'x')).toEqual(new Failure(ERRNO.EACCES));
    expect(files.rename('a.txt', name)).toEqual(new Failure(ERRNO.EACCES));
    expect(readFileSync(join(top, 'secret.txt'), 'latin1')).toBe('secret');
  });

  it.each(['.', './', 'sub', 'sub/', 'nowhere/x', 'a.txt/x', 'x'.repeat(300)])('%j is an error', (name) => {
    for (const mode of MODES) expect(errnoOf(name, mode)).toBeGreaterThan(0);
  });

  it('leads out by no symbolic link', () => {
    symlinkSync(join(top, 'secret.txt'), join(inside, 'file'));
    symlinkSync(top, join(inside, 'folder'));
    symlinkSync('../made.txt', join(inside, 'dangling'));
    symlinkSync('loop', join(inside, 'loop'));
    const names = ['file', 'folder/secret.txt', 'folder/made.txt', 'dangling', 'loop', 'loop/x'];
    for (const name of names) for (const mode of MODES) expect(errnoOf(name, mode)).toBeGreaterThan(0);
    for (const name of names) {
      expect(files.remove(name)).toBeInstanceOf(Failure);
      expect(files.rename(name, 'x')).toBeInstanceOf(Failure);
      expect(files.rename('a.txt', name)).toBeInstanceOf(Failure);
    }
    expect(existsSync(join(top, 'made.txt'))).toBe(false);
    expect(readFileSync(join(top, 'secret.txt'), 'latin1')).toBe('secret');
  });

  it('follows links that stay inside', () => {
    symlinkSync('sub/b.txt', join(inside, 'link'));
    expect(text(opened('link', 'r').read(0, 9))).toBe('below');
  });

  it('reaches no neighbour whose path begins the same', () => {
    mkdirSync(join(top, 'inside-too'));
    writeFileSync(join(top, 'inside-too', 'x'), '');
    symlinkSync(join(top, 'inside-too'), join(inside, 'too'));
    expect(errnoOf('too/x', 'r')).toBe(ERRNO.EACCES);
  });

  it.skipIf(process.platform === 'win32')('opens no pipe, socket or device', async () => {
    execFileSync('mkfifo', [join(inside, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(inside, 'socket'), resolve));
    for (const name of ['pipe', 'socket']) {
      for (const mode of MODES) expect(errnoOf(name, mode)).toBe(ERRNO.EACCES);
      expect(files.remove(name)).toEqual(new Failure(ERRNO.EACCES));
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it('of any bytes changes nothing outside', () => {
    linkSync(join(inside, 'a.txt'), join(top, 'witness'));
    const part = fc.oneof(fc.constantFrom('..', '.', '/', '\\', 'sub', 'a.txt', '\0', '~', '..\xa0'), fc.string());
    const name = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('/'));
    const before = readdirSync(top);
    fc.assert(
      fc.property(name, fc.constantFrom(...MODES), name, (from, mode, to) => {
        errnoOf(from, mode);
        files.rename(from, to);
        files.remove(to);
        expect(readdirSync(top)).toEqual(before);
        expect(readFileSync(join(top, 'secret.txt'), 'latin1')).toBe('secret');
      }),
    );
  });
});
