/** `el2 run` with several images: names, consoles, CPUs that they share, and how the run ends. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PostMortem } from '../../src/debug/post-mortem.ts';
import { el2, FakeHost, firmware } from './fake-host.ts';
import { abc, exit, powerOff, sleep, spin, stuck } from './programs.ts';

interface Result {
  vms: { name: string; end: { reason: string; code?: number } }[];
  postMortems: PostMortem[];
}
const files = { abc, exit3: exit(3), exit7: exit(7), powerOff, sleep, spin, stuck };

const expected = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../firmware/expected', `${name}.el1.txt`), 'utf8');

/** The lines of one VM without their prefix. */
function consoleOf(out: string, vm: string): string {
  const prefix = `[${vm}] `;
  const lines = out.split('\n').filter((line) => line.startsWith(prefix));
  return lines.map((line) => `${line.slice(prefix.length)}\n`).join('');
}

/** Firmware that ends with code 0 on two vCPUs or more; the console of `smp` depends on their number. */
const GUESTS = ['hello', 'smp', 'exceptions', 'stage1', 'at', 'hello', 'stage1', 'smp'];
const images: Record<string, Uint8Array> = Object.fromEntries(GUESTS.map((name) => [`${name}.elf`, firmware(name)]));

describe.each(['interp', 'jit', 'auto'])('engine %s', (engine) => {
  it.each([
    [1, 1, 2],
    [1, 4, 2],
    [2, 1, 4],
    [2, 2, 2],
    [8, 1, 2],
    [8, 3, 2],
    [8, 8, 3],
  ])('%d VMs on %d CPUs, with %d vCPUs each, print what they print alone', async (vms, pcpus, vcpus) => {
    const names = GUESTS.slice(0, vms);
    const line = `run ${names.map((name) => `${name}.elf`).join(' ')} --pcpus ${pcpus} -smp ${vcpus} --engine ${engine}`;
    const { code, out, err } = await el2(line, images);
    expect([code, err]).toEqual([0, '']);
    if (vms === 1) {
      expect(out).toBe(expected('hello'));
      return;
    }
    for (const [i, guest] of names.entries()) {
      const vm = names.slice(0, i).includes(guest) ? `${guest}-2` : guest;
      if (guest === 'smp') {
        const alone = await el2(`run smp.elf -smp ${vcpus} --engine ${engine}`, images);
        expect(consoleOf(out, vm)).toBe(alone.out);
      } else {
        expect(consoleOf(out, vm)).toBe(expected(guest));
      }
    }
    expect(out.split('\n').filter((text) => !text.startsWith('['))).toEqual(['']);
  });
});

it('names VMs after their files', async () => {
  const { host } = await el2('run a/x.elf b/x.elf y --result r.json', {
    'a/x.elf': powerOff,
    'b/x.elf': exit(7),
    y: powerOff,
  });
  expect((JSON.parse(host.written['r.json']) as Result).vms.map(({ name, end }) => [name, end])).toEqual([
    ['x', { reason: 'off' }],
    ['x-2', { reason: 'exit', code: 7 }],
    ['y', { reason: 'off' }],
  ]);
});

describe('the end', () => {
  it.each([
    ['powerOff exit7', 7],
    ['exit7 exit3', 7],
    ['powerOff exit3 exit7 powerOff', 3],
    ['stuck exit7', 126],
    ['exit7 stuck', 7],
    ['stuck sleep', 126],
    ['powerOff powerOff', 0],
  ])('of %s has code %d, the first that is not 0', async (line, code) => {
    for (const pcpus of [1, 2]) expect((await el2(`run ${line} --pcpus ${pcpus}`, files)).code).toBe(code);
  });

  it.each([1, 2])('comes when the others have ended too, if one fails; on %d CPUs', async (pcpus) => {
    const host = new FakeHost({ stuck, 'hello.elf': firmware('hello'), stage1: firmware('stage1') });
    const { code, out, err } = await el2(`run stuck hello.elf stage1 --pcpus ${pcpus} --result r`, {}, host);
    expect(code).toBe(126);
    expect(consoleOf(out, 'stage1')).toBe(expected('stage1'));
    expect(err).toMatch(/^el2: stuck: VM stuck: .+\nCPU 0 of VM stuck/);
    const { vms, postMortems } = JSON.parse(host.written.r) as Result;
    expect(vms.map(({ end }) => end.reason)).toEqual(['stuck', 'exit', 'exit']);
    expect(postMortems.map(({ vm, reason }) => [vm, reason])).toEqual([['stuck', 'stuck']]);
    expect(postMortems[0].exceptions.length).toBeGreaterThan(2);
  });

  it('tells each failure once, in the order of time', async () => {
    const { code, err, host } = await el2('run sleep stuck exit3 --result r', files);
    expect(code).toBe(126);
    expect(err.match(/^el2: .*$/gm)).toEqual([
      'el2: stuck: VM stuck: the exception vector at VA 0x0000000000000200 faults to itself',
      'el2: stuck: VM sleep: vCPU 0 is in WFI',
    ]);
    expect((JSON.parse(host.written.r) as Result).postMortems.map(({ vm }) => vm)).toEqual(['stuck', 'sleep']);
  });

  it('is a limit of the whole run, even after a failure', async () => {
    const { code, err } = await el2('run stuck spin --max-instructions 100000', files);
    expect(code).toBe(125);
    expect(err.match(/^el2: \w+: /gm)).toEqual(['el2: stuck: ', 'el2: instructionLimit: ']);
    expect(err).toContain('CPU 0 of VM spin');
  });

  it('loses nothing of a line that a guest has begun', async () => {
    const { out } = await el2('run abc spin --until ABC', files);
    expect(out).toBe('[abc] ABC\n');
  });
});
