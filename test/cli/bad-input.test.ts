/** Whatever is wrong with what the user gives: one clear line, exit code 1, no stack. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeFdt, node } from '../../src/arch/fdt.ts';
import { linuxImage } from '../arch/image/linux-image.ts';
import { el2, FakeHost, firmware } from './fake-host.ts';
import { spin } from './programs.ts';

/** hello.elf with some of its bytes replaced, or cut short. */
function damaged(change: (view: DataView) => void, length?: number): Uint8Array {
  const bytes = firmware('hello').slice(0, length);
  change(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  return bytes;
}
/** File offset of the program header of the first PT_LOAD segment. */
function firstLoad(view: DataView): number {
  let at = Number(view.getBigUint64(32, true));
  while (view.getUint32(at, true) !== 1) at += 56;
  return at;
}
const nothing = (): void => {};

const FILES: Readonly<Record<string, Uint8Array>> = {
  good: spin,
  elf: firmware('hello'),
  empty: new Uint8Array(0),
  short: damaged(nothing, 40),
  truncated: damaged(nothing, 300),
  x86: damaged((view) => view.setUint16(18, 62, true)),
  elf32: damaged((view) => view.setUint8(4, 1)),
  bigEndian: damaged((view) => view.setUint8(5, 2)),
  object: damaged((view) => view.setUint16(16, 1, true)),
  outside: damaged((view) => view.setBigUint64(firstLoad(view) + 24, 0x1000n, true)),
  above: damaged((view) => view.setBigUint64(firstLoad(view) + 24, 2n ** 60n, true)),
  entry: damaged((view) => view.setBigUint64(24, 0x1234n, true)),
  oddEntry: damaged((view) => view.setBigUint64(24, 0x4008_0002n, true)),
  gzip: Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0),
  big: new Uint8Array(2 ** 20),
  random: gzipSync(Uint8Array.from({ length: 4096 }, (_, i) => (i * i) >>> 3)).map((byte, at) =>
    at === 200 ? byte ^ 0xff : byte,
  ),
  bomb: gzipSync(new Uint8Array(2 ** 20 + 1)),
  kernel: linuxImage({ imageSize: 0x10_0000 }),
  cutKernel: linuxImage({ imageSize: 0x10_0000, sections: [[0x100, 0x1000]] }),
  hugeTree: encodeFdt(node('', { filler: new Uint8Array(2 ** 21) })),
};

describe.each(['boot', 'run'])('el2 %s', (command) => {
  it.each([
    ['missing', /^missing: no such file or folder$/],
    ['empty', /^empty: the file is empty: give an ELF/],
    ['short', /^short: truncated ELF: 40 bytes/],
    ['truncated', /^truncated: truncated ELF: /],
    ['x86', /^x86: ELF for x86-64; el2 needs AArch64/],
    ['elf32', /^elf32: 32-bit ELF/],
    ['bigEndian', /^bigEndian: big-endian ELF/],
    ['object', /^object: ELF is a relocatable object, not an executable; link it first$/],
    ['outside', /^outside: segment \d at 0x1000 to .* is outside RAM \(0x40000000 to 0x48000000\): link it for RAM$/],
    ['above', /^above: ELF segment \d at .* ends above 52 bits/],
    ['entry', /^entry: ELF entry point 0x1234 is in no executable segment/],
    ['oddEntry', /^oddEntry: ELF entry point 0x40080002 is not a multiple of 4/],
    ['gzip', /^gzip: truncated gzip file; copy or pack it again$/],
    ['random', /^random: damaged gzip file; copy or pack it again$/],
    ['bomb -m 1M', /^bomb: gzip file of more than 1048576 bytes; give more memory with -m$/],
    ['cutKernel', /^cutKernel: truncated arm64 Image: its EFI header needs 0x1100 bytes, the file ends at 0x1000; /],
    ['kernel -m 2M', /^kernel: arm64 Image at 0x40200000 to 0x40300000 is outside RAM .* give more memory with -m/],
    ['kernel -initrd missing', /^missing: no such file or folder$/],
    ['kernel -initrd empty', /^empty: the file is empty: give an initial RAM disk$/],
    ['kernel -initrd gzip', /^gzip: truncated gzip file; copy or pack it again$/],
    ['kernel -initrd random', /^random: damaged gzip file; copy or pack it again$/],
    [
      'kernel -initrd big -m 3M',
      /^big: initrd at 0x40300000 to 0x40400000 is outside RAM .* give more memory with -m$/,
    ],
    ['kernel -dtb hugeTree', /^hugeTree: the device tree has \d+ bytes, a kernel takes at most 2 MiB$/],
    [
      'kernel -initrd big -m 4M',
      /^kernel: device tree at 0x40400000 to .* is outside RAM .*: give more memory with -m$/,
    ],
    ['elf -initrd big', /^elf: an ELF is started without an initrd: give the arm64 Image/],
    ['big -m 1M', /^big: flat binary at 0x40080000 to 0x40180000 is outside RAM .* give more memory with -m/],
    ['good -m 100G', /at most 64 GiB$/],
    ['good -m 99999999999T', /at most 64 GiB$/],
    ['good -cpu cortex-m0', /^-cpu: unknown value 'cortex-m0'/],
    ['good -d int -D /nowhere/t', /^\/nowhere\/t: no such file or folder$/],
    ['good -dtb missing', /^missing: no such file or folder$/],
    ['good -dtb empty', /^empty: truncated device tree: 0 bytes/],
    ['good -dtb gzip', /^gzip: truncated device tree/],
    ['good -dtb big', /^big: no device tree: magic 0x0/],
    ['good --semihosting-dir /nowhere/d', /^\/nowhere\/d: no such file or folder$/],
    ['-M virt,dumpdtb=/nowhere/t', /^\/nowhere\/t: no such file or folder$/],
    ['-M virt,dumpdtb=t -m 100G', /at most 64 GiB$/],
    ['good --result /nowhere/r', /^\/nowhere\/r: no such file or folder$/],
    ['good -serial file:/nowhere/s', /^\/nowhere\/s: no such file or folder$/],
  ])('%s', async (line, message) => {
    const { code, out, err } = await el2(`${command} ${line}`, FILES);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^el2: [^\n]+\n$/);
    expect(err.slice('el2: '.length, -1)).toMatch(message);
  });
});

it('names the image that is wrong among several', async () => {
  const { code, err } = await el2('run good empty', FILES);
  expect([code, err.split(':').slice(0, 2)]).toEqual([1, ['el2', ' empty']]);
});

it.each(['0x40100000', '0x1000', '0xffffffe00000'])('refuses RAM at %s', async (base) => {
  const { code, err } = await el2(`boot good --ram-base ${base}`, FILES);
  expect([code, err]).toEqual([1, `el2: RAM at ${base}: ${err.split(': ')[2]}`]);
});

it.each([
  ['goood', "--trace-vm: no VM is called 'goood': did you mean 'good'? the VMs are good, big"],
  ['good,vm7', "--trace-vm: no VM is called 'vm7': the VMs are good, big"],
])('knows no VM %s', async (vms, message) => {
  const { code, err } = await el2(`run good big -d int --trace-vm ${vms}`, FILES);
  expect([code, err]).toEqual([1, `el2: ${message}\n`]);
});

it('leaves files alone when the image is wrong', async () => {
  const host = new FakeHost(FILES);
  await el2('boot empty --result r.json -serial file:s', {}, host);
  expect(host.written).toEqual({});
});
