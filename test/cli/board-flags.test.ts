/** The flags that choose the board: what the guest finds. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeFdt, node, strings } from '../../src/arch/fdt.ts';
import { parseFdt } from '../../src/arch/fdt-parse.ts';
import { Machine } from '../../src/machine/machine.ts';
import { flatten } from '../arch/fdt-reading.ts';
import { linuxImage } from '../arch/image/linux-image.ts';
import { el2, firmware } from './fake-host.ts';
import { exit, exitWith, powerOff, spin } from './programs.ts';

const tree = (host: { writtenBytes: Record<string, Uint8Array[]> }, name: string): Record<string, string> =>
  flatten(parseFdt(new Uint8Array(Buffer.concat(host.writtenBytes[name]))).root);
const hexText = (text: string): string => Buffer.from(`${text}\0`).toString('hex');

describe('dumpdtb', () => {
  it.each([
    ['boot', 'virt,virtualization=on,dumpdtb=t', 'smc'],
    ['run', 'virt,dumpdtb=t', 'hvc'],
  ])('%s writes the tree and ends, without an image', async (command, machine, method) => {
    const { code, out, err, host } = await el2(`${command} -M ${machine} -smp 3 -m 64M -append quiet`);
    expect([code, out, err]).toEqual([0, '', '']);
    const dumped = tree(host, 't');
    expect(dumped['/psci/:method']).toBe(hexText(method));
    expect(dumped['/chosen/:bootargs']).toBe(hexText('quiet'));
    expect(dumped['/memory@40000000/:reg']).toBe('00000000400000000000000004000000');
    expect(Object.keys(dumped).filter((name) => /cpu@\d\/:reg/.test(name))).toHaveLength(3);
  });

  it('writes what the guest of the same flags is given', async () => {
    const { host } = await el2('boot -M virt,dumpdtb=t -m 64M');
    const machine = new Machine({ memoryBytes: 2 ** 26 });
    expect(Buffer.concat(host.writtenBytes.t).equals(machine.deviceTree())).toBe(true);
  });
});

describe('-dtb', () => {
  it.each(['boot', 'run'])('%s gives the guest the bytes of the file', async (command) => {
    const { host } = await el2(`${command} -M virt,dumpdtb=t -append from-a-file`);
    const dtb = Buffer.concat(host.writtenBytes.t);
    // ldrb w0, [x0, #7]: the low byte of the blob's size.
    const { code } = await el2(`${command} x -semihosting -dtb t`, { x: exitWith(0x3940_1c00), t: dtb });
    expect(code).toBe(dtb.length & 0xff);
  });
});

describe('-initrd', () => {
  const files = { kernel: linuxImage({ imageSize: 0x10_0000 }), disk: new Uint8Array(100).fill(3) };
  const where = { '/chosen/:linux,initrd-start': '0000000042000000', '/chosen/:linux,initrd-end': '0000000042000064' };

  it.each(['boot', 'run'])('%s tells the kernel where the RAM disk is, with its arguments', async (command) => {
    const line = `${command} kernel -initrd disk -append quiet -m 64M`;
    const { host, err } = await el2(`${line} -M virt,dumpdtb=t`, files);
    expect(err).toBe('');
    expect(tree(host, 't')).toMatchObject({ ...where, '/chosen/:bootargs': hexText('quiet') });
    const given = await el2(`${line} -dtb own -M virt,dumpdtb=t`, {
      ...files,
      own: encodeFdt(node('', { model: strings('mine') })),
    });
    expect(tree(given.host, 't')).toEqual({
      '/:model': hexText('mine'),
      '/chosen/:bootargs': hexText('quiet'),
      ...where,
    });
  });

  it.each(['boot', 'run'])('%s unpacks a kernel that is a gzip file', async (command) => {
    const { code, err } = await el2(`${command} x -semihosting`, { x: gzipSync(exit(42)) });
    expect([code, err]).toEqual([42, '']);
  });
});

describe('--ram-base', () => {
  it('moves RAM and what is loaded', async () => {
    const { code, err, host } = await el2('boot x --ram-base 0x80_0000_0000 -d exec -D t', { x: powerOff });
    expect([code, err]).toEqual([0, '']);
    expect(host.written.t).toMatch(/^Trace 0: 0x8000080000 /);
  });
});

describe('-rtc', () => {
  it.each([
    ['base=1970-01-01T00:00:05', 5],
    ['base=utc', 86_400 & 0xff],
  ])('%s sets the clock', async (base, code) => {
    // movz x0, #0x901, lsl #16; ldr w0, [x0]: RTCDR.
    const program = exitWith(0xd2a1_2020, 0xb940_0000);
    expect((await el2(`boot x -semihosting -rtc ${base}`, { x: program })).code).toBe(code);
  });
});

describe('-smp', () => {
  it.each([2, 4])('boots a guest on %i CPUs', async (cpus) => {
    const { code, err } = await el2(`boot x -smp ${cpus} -semihosting --max-instructions 50000000`, {
      x: firmware('smp'),
    });
    expect([code, err]).toEqual([0, '']);
  });

  it('names the CPU of each event', async () => {
    const { host } = await el2('boot x -smp 2 -semihosting -d int,exec -D t --trace-format jsonl', {
      x: firmware('smp'),
    });
    const cpus = host.written.t
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { cpu: number }).cpu);
    expect([...new Set(cpus)].sort()).toEqual([0, 1]);
    const text = await el2('boot x -smp 2 -semihosting -d exec -D t', { x: firmware('smp') });
    expect(text.host.written.t).toMatch(/^Trace 1: /m);
  });
});

describe('--tlb', () => {
  it.each(['boot', 'run'])('chaos runs a correct guest as ever, and the same each time: %s', async (command) => {
    const result = async (seed: number): Promise<unknown> => {
      const { code, out, host } = await el2(`${command} x -semihosting --tlb chaos:${seed} --result r`, {
        x: firmware('stage1'),
      });
      expect(code).toBe(0);
      const { tlb } = JSON.parse(host.written.r) as { tlb: unknown };
      return [out, tlb];
    };
    expect(await result(1)).toEqual(await result(1));
    expect(await result(1)).not.toEqual(await result(2));
  });

  it('is normal unless told', async () => {
    const lines = await Promise.all(
      ['', '--tlb normal'].map((flags) => el2(`boot x ${flags} --max-instructions 10 --result r`, { x: spin })),
    );
    expect(lines[0].host.written.r).toBe(lines[1].host.written.r);
  });
});

describe('stage 2 of el2 run', () => {
  const files = { touch: firmware('touch64m'), spin };
  interface Result {
    vms: { pages: number; blocks: number; stats: { stage2Faults: { translation: number } } }[];
  }
  const vmOf = async (flags: string): Promise<Result['vms'][number]> => {
    const { code, err, host } = await el2(`run touch --result r ${flags}`, files);
    expect([code, err]).toEqual([0, '']);
    return (JSON.parse(host.written.r) as Result).vms[0];
  };
  const MIB = 2 ** 20;

  it.each([
    ['', 4096],
    ['--granule 64k --ipa-bits 32', 65_536],
    ['--granule 64K --ipa-bits 33', 65_536],
    ['--granule 64K --ipa-bits 44', 65_536],
    ['--granule 16K -cpu max', 16_384],
    ['--granule 16K -cpu max --ipa-bits 48', 16_384],
    ['--ipa-bits 44', 4096],
  ])('with %s, a guest that touches 64 MiB faults once for each %d bytes', async (flags, pageBytes) => {
    const { pages, blocks, stats } = await vmOf(flags);
    expect(blocks).toBe(0);
    expect(pages).toBeGreaterThanOrEqual((64 * MIB) / pageBytes);
    expect(pages).toBeLessThan((65 * MIB) / pageBytes + 20);
    expect(stats.stage2Faults.translation).toBeGreaterThanOrEqual(pages - (2 * MIB) / pageBytes);
  });

  it('maps blocks with --huge-pages', async () => {
    const { pages, blocks } = await vmOf('--huge-pages');
    expect(blocks).toBeGreaterThanOrEqual(32);
    expect(pages).toBeLessThan(20);
  });

  it.each([
    ['--granule 16K', /^stage-2 pages of 16384 bytes are not possible: the CPU has 4096, 65536; choose another/],
    ['--ipa-bits 48', /^an IPA size of 48 bits is not possible: the CPU has 32 to 44 bits; choose another/],
    ['--ipa-bits 32 -m 4G', /^slot at IPA 0x40000000, .* IPA space of 32 bits .*; choose another -m, --granule/],
    ['--granule 64K -m 1028K', /^slot at IPA 0x40000000, .* must be multiples of 0x10000; choose another -m/],
    ['--granule 8K', /^--granule: unknown value '8K': .*choose 4K, 16K or 64K$/],
    ['--ipa-bits many', /^--ipa-bits: 'many' is not a whole number above 0$/],
  ])('refuses %s', async (flags, message) => {
    const { code, err } = await el2(`run spin ${flags}`, files);
    expect(code).toBe(1);
    expect(err).toMatch(/^el2: [^\n]+\n$/);
    expect(err.slice('el2: '.length, -1)).toMatch(message);
  });
});
