/** Virtio devices by QEMU's flags: what the guest finds, what is refused, several VMs. */

import { describe, expect, it } from 'vitest';
import { el2 } from './fake-host.ts';
import { exitWith, flat, powerOff, spin } from './programs.ts';

const disk = (bytes = 0x1_0000): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => i);

/** Exits with the low byte of a register of the transport at `offset` from 0x0a00_0000. */
const register = (offset: number): Uint8Array =>
  exitWith(
    0xd2a1_4000, // movz x0, #0xa00, lsl #16
    0xf280_0000 | (offset << 5), // movk x0, #offset
    0xb940_0000, // ldr w0, [x0]
  );
const [LAST, BEFORE] = [0x3e00, 0x3c00];
const DEVICE_ID = 8;
const RNG = 4;
const BLOCK = 2;

describe.each(['boot', 'run'])('%s', (command) => {
  /** The device ID at a transport. */
  const idAt = async (transport: number, flags: string): Promise<number> => {
    const files = { x: register(transport + DEVICE_ID), d: disk(), e: disk() };
    const { code, err } = await el2(`${command} x -semihosting ${flags}`, files);
    expect(err).not.toMatch(/^el2: [^\n]*\n$/);
    return code;
  };

  it('finds devices on the transports from the last one down, drives of their own behind those of -device', async () => {
    const flags = '-drive file=d,if=virtio,format=raw -device virtio-rng-device';
    expect([await idAt(LAST, flags), await idAt(BEFORE, flags), await idAt(0, flags)]).toEqual([RNG, BLOCK, 0]);
    const two = '-device virtio-blk-device,drive=one,serial=abc -device virtio-net-device -drive file=d,if=none,id=one';
    expect([await idAt(LAST, two), await idAt(BEFORE, two)]).toEqual([BLOCK, 1]);
    const console = '-device virtio-serial-device -chardev null,id=c -device virtconsole,chardev=c';
    expect([await idAt(LAST, console), await idAt(BEFORE, console)]).toEqual([3, 0]);
  });

  it.each([
    ['', 1],
    ['-global virtio-mmio.force-legacy=on', 1],
    ['-global virtio-mmio.force-legacy=off', 2],
    ['-global virtio-mmio.force-legacy=false', 2],
  ])('has transports of the version of %s', async (flags, version) => {
    expect((await el2(`${command} x -semihosting ${flags}`, { x: register(LAST + 4) })).code).toBe(version);
  });

  it.each([
    ['-drive file=missing', /^missing: no such file or folder$/],
    ['-drive if=none,id=a', /^-drive: file= is missing$/],
    ['-drive file=d,if=none', /^-drive: if=none needs an id=/],
    ['-drive file=d,if=none,id=a', /^-drive d: no device has it; add -device virtio-blk-device,drive=a$/],
    ['-drive file=d,format=qcow2', /^-drive: format=: not supported yet: 'qcow2'; choose raw$/],
    ['-drive file=q', /^q: not supported yet: qcow2; convert it/],
    ['-drive file=d,if=sd', /^-drive: if=: not supported yet: 'sd'/],
    ['-drive file=d,unit=1', /^-drive: unit= belongs to if=pflash$/],
    [
      '-drive file=d,if=pflash,id=a -device virtio-blk-device,drive=a',
      /(two devices would have it|belongs to 'el2 boot'$)/,
    ],
    ['-drive file=d,readony=on', /^-drive: unknown property readony: did you mean readonly=\?/],
    ['-drive file=d,readonly=maybe', /^-drive: readonly=: unknown value 'maybe'/],
    ['-drive file=d,file=e', /^-drive: file= is given twice$/],
    ['-drive file=d,id=a -drive file=e,id=a', /^-drive: id=a is given twice$/],
    ['-drive file=d,id=a -device virtio-blk-device,drive=a', /^-drive d: two devices would have it/],
    [
      '-drive file=d,snapshot=on -drive file=d',
      /^d: -drive d is the same file; add readonly=on or snapshot=on to both$/,
    ],
    ['-device virtio-blk-device', /^-device: drive= is missing$/],
    ['-device virtio-blk-device,drive=a', /^-device virtio-blk-device: no -drive has id=a$/],
    ['-device virtio-blk-device,drive=a,serial=123456789012345678901', /^-device: serial=.* at most 20 ASCII/],
    [
      '-device virtio-blk-pci,drive=a',
      /^-device: not supported yet: 'virtio-blk-pci' is on PCI; choose virtio-blk-device$/,
    ],
    ['-device virtio-net', /choose virtio-net-device$/],
    ['-device virtio-rng-devic', /^-device: unknown value .* did you mean 'virtio-rng-device'\?/],
    ['-device virtio-rng-device,rng=r', /^-device virtio-rng-device: no -object has id=r$/],
    ['-device virtio-net-device,netdev=n', /^-device virtio-net-device: no -netdev has id=n$/],
    ['-device virtio-net-device,mac=01:00:00:00:00:00', /^-device: mac=01.*: give a unicast address/],
    ['-device virtconsole,chardev=c', /^-device: virtconsole needs a -device virtio-serial-device before it$/],
    ['-device virtio-serial-device -device virtconsole,chardev=c', /^virtconsole: no -chardev has id=c$/],
    ['-netdev user,id=n', /^-netdev: type=: not supported yet: 'user'; choose hubport$/],
    ['-netdev hubport,id=n,hubid=x', /^-netdev: hubid=x: give a whole number/],
    ['-netdev hubport', /^-netdev: id= is missing$/],
    ['-nic user', /^-nic: not supported yet: 'user'; choose none$/],
    ['-chardev stdio,id=c', /^-chardev c: the UART has stdio; add -serial null$/],
    ['-chardev stdio,id=c -chardev stdio,id=d', /^-chardev: c and d cannot both have stdio$/],
    ['-chardev file,id=c,path=/nowhere/c', /^\/nowhere\/c: no such file or folder$/],
    ['-chardev file,id=c', /^-chardev: path= is missing$/],
    ['-object rng-random,id=r,filename=/dev/zero', /^-object: filename=: unknown value/],
    ['-object secret,id=s', /^-object: qom-type=: not supported yet: 'secret'/],
    ['-global isa.x=1', /^-global: virtio-mmio.force-legacy= is missing$/],
    ['-seed x', /^-seed: 'x' is not a whole number of 32 bits$/],
    ['-seed 4294967296', /^-seed: .* 32 bits$/],
  ])('refuses %s', async (flags, message) => {
    const files = { x: spin, d: disk(), e: disk(), q: Uint8Array.of(0x51, 0x46, 0x49, 0xfb, ...disk(508)) };
    const { code, out, err } = await el2(`${command} x ${flags}`, files);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^el2: [^\n]+\n$/);
    expect(err.slice('el2: '.length, -1)).toMatch(message);
  });

  it('refuses more devices than there are transports', async () => {
    const { code, err } = await el2(`${command} x ${'-device virtio-rng-device '.repeat(33)}`, { x: spin });
    expect([code, err]).toEqual([1, 'el2: 33 virtio devices: the board has room for 32\n']);
  });

  it('takes two commas for one in a name, and closes the disk', async () => {
    const { code, host } = await el2(`${command} x -drive file=a,,b,readonly=on`, { x: powerOff, 'a,b': disk() });
    expect([code, host.closedDisks]).toEqual([0, ['a,b']]);
  });

  it('shares a disk that nobody writes', async () => {
    const both = `${command} x -drive file=d,readonly=on -drive file=d,snapshot=on -nic none -net none`;
    expect((await el2(both, { x: powerOff, d: disk() })).code).toBe(0);
  });
});

/** A driver that asks for the whole disk of 32 MiB again and again. */
function greedy(): Uint8Array {
  const [rings, header, data] = [0x4008_4000, 0x4008_8000, 0x4100_0000];
  const movw = (rd: number, value: number): number[] => [
    0x5280_0000 | ((value & 0xffff) << 5) | rd, // mov wd, #low
    0x72a0_0000 | ((value >>> 16) << 5) | rd, // movk wd, #high, lsl #16
  ];
  /** Writes a register of the last transport, whose address is in X1. */
  const poke = (offset: number, value: number): number[] => [...movw(2, value), 0xb900_0022 | ((offset / 4) << 10)];
  const code = [
    ...movw(1, 0x0a00_3e00),
    ...movw(4, rings + 0x80),
    ...[poke(0x70, 3), poke(0x28, 4096), poke(0x38, 8), poke(0x40, rings / 4096), poke(0x70, 7)].flat(),
    0x7940_0485, // ldrh w5, [x4, #2]: the available index
    0x1100_04a5, // add w5, w5, #1
    0x7900_0485, // strh w5, [x4, #2]
    0xb900_503f, // str wzr, [x1, #0x50]: notify queue 0
    0x17ff_fffc, // b .-16
  ];
  const image = new Uint8Array(0x8020);
  const view = new DataView(image.buffer);
  for (const [i, word] of code.entries()) view.setUint32(4 * i, word, true);
  const parts = [
    [header, 16, 1],
    [data, 2 ** 25, 3],
    [header + 16, 1, 2],
  ];
  for (const [i, [at, length, flags]] of parts.entries()) {
    view.setUint32(0x4000 + 16 * i, at, true);
    view.setUint32(0x4008 + 16 * i, length, true);
    view.setUint32(0x400c + 16 * i, flags | ((i + 1) << 16), true);
  }
  return image;
}

describe('a guest that keeps its disk busy', () => {
  it.each(['boot', 'run'])('of %s does not outlive its time-out', async (command) => {
    const files = { x: greedy(), d: new Uint8Array(2 ** 25) };
    const started = performance.now();
    const { code, err } = await el2(`${command} x --timeout 1 -drive file=d`, files);
    expect([code, err.split('\n')[0]]).toEqual([124, expect.stringContaining('time')]);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('several VMs', () => {
  it('cannot write one disk', async () => {
    const files = { x: powerOff, y: powerOff, d: disk() };
    const { code, err } = await el2('run x y -drive file=d', files);
    expect([code, err]).toEqual([1, 'el2: d: several VMs cannot write one disk; add readonly=on or snapshot=on\n']);
    for (const flags of ['-drive file=d,readonly=on', '-drive file=d,snapshot=on', '-drive file=d -snapshot']) {
      expect((await el2(`run x y ${flags}`, files)).code).toBe(0);
    }
  });

  /** Prints the last byte of the MAC address and a newline. */
  const lastOfMac = flat(
    0xd2a1_4001, // movz x1, #0xa00, lsl #16
    0xf287_c001, // movk x1, #0x3e00
    0x3944_1422, // ldrb w2, [x1, #0x105]
    0xd2a1_2000, // movz x0, #0x900, lsl #16
    0x3900_0002, // strb w2, [x0]
    0x5280_0142, // mov w2, #10
    0x3900_0002, // strb w2, [x0]
    0x1400_0000, // b .
  );
  it.each([
    ['-device virtio-net-device -device virtio-net-device', '[x] V\n[y] X\n'],
    ['-device virtio-net-device,mac=52:54:00:00:00:41', '[x] A\n[y] B\n'],
  ])('have network addresses of their own with %s', async (flags, out) => {
    const line = `run x y --max-instructions 100000 ${flags}`;
    expect((await el2(line, { x: lastOfMac, y: lastOfMac })).out).toBe(out);
  });
});
