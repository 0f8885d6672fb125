/** Firmware without a kernel: U-Boot to its prompt, EDK2 to its shell with variables in a file. */

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { firmwareFile } from '../../../scripts/guests/folders.ts';
import type { FirmwareName } from '../../../scripts/guests/packages.ts';

const BANK_BYTES = 64 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'el2-firmware-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = (name: FirmwareName): boolean => existsSync(firmwareFile(name));

/** Boots to a text on the console; the console. */
function bootTo(text: string, ...flags: string[]): string {
  const limits = ['--max-instructions', '2_000_000_000', '--until', text];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/el2.mjs', 'boot', ...flags, ...limits], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect([stderr, status]).toEqual(['', 0]);
  return stdout;
}

describe.skipIf(!isThere('u-boot'))('U-Boot', () => {
  it.each(['off', 'on'])('comes to its prompt with virtualization=%s', (virtualization) => {
    const board = `virt,virtualization=${virtualization}`;
    const console = bootTo('=> ', '-M', board, '-m', '512M', '-bios', firmwareFile('u-boot'));
    expect(console).toContain('DRAM:  512 MiB');
    // Two chips of 32 MiB, as it sees them on QEMU.
    expect(console).toContain('Flash: 64 MiB');
  });
});

describe.skipIf(!isThere('edk2'))('EDK2', () => {
  it('comes to its shell, and keeps variables in a file', () => {
    const variables = join(folder, 'variables');
    const file = openSync(variables, 'w');
    ftruncateSync(file, BANK_BYTES);
    closeSync(file);
    const flash = `if=pflash,unit=1,format=raw,file=${variables}`;
    const firmware = ['-m', '512M', '-bios', firmwareFile('edk2'), '-drive'];
    expect(bootTo('Shell>', ...firmware, flash)).toContain('UEFI Interactive Shell');
    // Names of variables are UTF-16.
    expect(readFileSync(variables).includes(Buffer.from('BootOrder', 'utf16le'))).toBe(true);
    bootTo('Shell>', ...firmware, `${flash},readonly=on`);
  });
});
