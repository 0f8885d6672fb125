/** The flags of firmware, flash and loaders: what starts, what flash files become, what is refused. */

import { describe, expect, it } from 'vitest';
import { parseFdt } from '../../src/arch/fdt-parse.ts';
import { flatten } from '../arch/fdt-reading.ts';
import { el2 } from './fake-host.ts';
import { exit, exitWith, flat, powerOff, spin } from './programs.ts';

const BANK_BYTES = 64 * 2 ** 20;
/** A bank of flash that begins with the given bytes. */
function bank(bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const out = new Uint8Array(BANK_BYTES);
  out.set(bytes);
  return out;
}
/** Programs byte 0 of bank 1 to 0x12, by two words of flash commands, and turns the machine off. */
const programmer = new Uint8Array([
  ...flat(
    0xd2a0_8001, // movz x1, #0x400, lsl #16
    0x5280_0802, // mov w2, #0x40
    0x3900_0022, // strb w2, [x1]
    0x5280_0242, // mov w2, #0x12
    0x3900_0022, // strb w2, [x1]
  ),
  ...powerOff,
]);
/** Exits with the low byte at a PA below 4 GiB. */
const reads = (address: number): Uint8Array =>
  exitWith(
    0xd2a0_0000 | ((address >>> 16) << 5), // movz x0, #high, lsl #16
    0xf280_0000 | ((address & 0xffff) << 5), // movk x0, #low
    0xb940_0000, // ldr w0, [x0]
  );

describe('el2 boot', () => {
  it('starts firmware, without an image and with one', async () => {
    const files = { f: exit(7), x: spin };
    expect((await el2('boot -semihosting -bios f', files)).code).toBe(7);
    expect((await el2('boot x -semihosting -bios f', files)).code).toBe(7);
    expect((await el2('boot -semihosting -pflash p', { p: bank(exit(8)) })).code).toBe(8);
  });

  it('writes to the file of a bank, unless told not to', async () => {
    const run = async (more: string): Promise<number> => {
      const saved = bank(Uint8Array.of(0xff));
      const line = `boot -bios f -drive if=pflash,format=raw,unit=1,file=v${more}`;
      const { code, host } = await el2(line, { f: programmer, v: saved });
      expect([code, host.closedDisks]).toEqual([0, ['v']]);
      return saved[0];
    };
    expect([await run(''), await run(',readonly=on'), await run(',snapshot=on')]).toEqual([0x12, 0xff, 0xff]);
  });

  it.each([
    ['-device loader,file=d,addr=0x40200000,force-raw=on', 0x10],
    ['-device loader,addr=0x40200000,data=0x1234,data-len=2', 0x34],
    ['-device loader,addr=0x40200000,data=0x1234,data-len=4,data-be=on', 0],
    ['-device guest-loader,addr=0x40200000,kernel=d', 0x10],
    ['-device guest-loader,addr=0x401fffff,initrd=d -device loader,addr=0x40201000,data=1,data-len=1', 0x11],
  ])('puts into memory what %s says', async (flags, value) => {
    const files = { x: reads(0x4020_0000), d: Uint8Array.of(0x10, 0x11) };
    expect((await el2(`boot x -semihosting ${flags}`, files)).code).toBe(value);
  });

  it('starts what a loader points CPU 0 at', async () => {
    expect((await el2('boot -semihosting -device loader,file=x,addr=0x40200000,cpu-num=0', { x: exit(9) })).code).toBe(
      9,
    );
    const flags = '-device loader,file=x,addr=0x40200000 -device loader,addr=0x40200000,cpu-num=0';
    expect((await el2(`boot -semihosting ${flags}`, { x: exit(9) })).code).toBe(9);
  });

  it('writes the device tree with the modules of a hypervisor', async () => {
    const loaders =
      '-device guest-loader,addr=0x50000000,kernel=k,bootargs=a=b -device guest-loader,addr=0x58000000,initrd=k';
    const { code, host } = await el2(`boot x -m 1G ${loaders} -M virt,dumpdtb=t`, { x: spin, k: spin });
    expect(code).toBe(0);
    const tree = flatten(parseFdt(Buffer.concat(host.writtenBytes.t)).root);
    expect(tree['/chosen/module@0x50000000/:bootargs']).toBe(Buffer.from('a=b\0').toString('hex'));
    expect(tree['/chosen/module@0x58000000/:reg']).toBe('00000000580000000000000000000004');
  });

  it.each([
    ['-bios missing', /^missing: no such file or folder$/],
    ['-bios e', /^e: 0 bytes of firmware/],
    ['-bios x -pflash p', /^-bios and -drive p: both would be in the first bank of flash; add unit=1$/],
    ['-pflash x', /^x: a bank of flash has 64 MiB, the file 4 bytes; truncate -s 64M pads it$/],
    ['-drive if=pflash,file=p,unit=2', /^-drive p: there are two banks of flash, unit=0 and unit=1$/],
    ['-drive if=pflash,file=p,unit=1 -drive if=pflash,file=q,unit=1', /^-drive q: another drive has if=pflash,unit=1$/],
    ['-device loader', /^-device: loader: give file=, or data= with data-len=, or cpu-num=$/],
    ['-device loader,file=x,adr=1', /^-device: unknown property adr: did you mean addr=\?/],
    ['-device loader,file=x', /^x: it is no ELF; say where it goes with addr=$/],
    ['-device loader,file=x,addr=0', /^$/],
    ['-device loader,file=x,addr=0x9000000', /^x: 0x4 bytes at 0x9000000 are not all RAM; give more memory with -m/],
    ['-device loader,file=x,addr=zero', /^-device: 'zero' is not an address/],
    ['-device loader,data=1,addr=0x40000000', /^-device: data-len= is missing/],
    ['-device loader,data=256,data-len=1,addr=0x40000000', /^-device: data=256: give a number of 1 bytes$/],
    [
      '-device guest-loader,addr=0x40080000,kernel=x',
      /^x: 0x4 bytes at 0x40080000 would lie over the image at 0x40080000/,
    ],
    ['-device loader,addr=0x40000000,cpu-num=1', /^-device loader: there is no CPU 1$/],
    ['-device guest-loader,addr=0x40000000', /^-device: guest-loader: give one of kernel= and initrd=$/],
    ['-device guest-loader,addr=0,initrd=x,bootargs=a', /^-device: bootargs= belongs to kernel=$/],
  ])('refuses %s', async (flags, message) => {
    const files = { x: spin, e: new Uint8Array(0), p: bank(), q: bank() };
    const { code, out, err } = await el2(`boot x --max-instructions 1 ${flags}`, files);
    if (message.source === '^$') return expect(code).toBe(125);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^el2: [^\n]+\n$/);
    expect(err.slice('el2: '.length, -1)).toMatch(message);
  });

  it('wants something to start', async () => {
    const { code, err } = await el2('boot -device loader,file=x,addr=0x40200000', { x: spin });
    expect([code, err]).toEqual([1, 'el2: give an image: el2 boot IMAGE\n']);
  });
});

describe('el2 run', () => {
  it.each([
    ['-bios f', "-bios belongs to 'el2 boot'"],
    ['-pflash f', "-pflash belongs to 'el2 boot'"],
    ['-drive if=pflash,file=f', "-drive if=pflash belongs to 'el2 boot'"],
    ['-device loader,file=f', "-device loader belongs to 'el2 boot'"],
  ])('has no %s', async (flags, message) => {
    const { code, err } = await el2(`run x ${flags}`, { x: spin, f: spin });
    expect([code, err]).toEqual([1, `el2: ${message}\n`]);
  });
});
