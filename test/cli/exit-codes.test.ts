/** Each end of a run: its exit code, what it says, and what `--result` holds. */

import { describe, expect, it } from 'vitest';
import type { PostMortem } from '../../src/debug/post-mortem.ts';
import { el2, FakeHost } from './fake-host.ts';
import { abc, exit, powerOff, reset, sleep, sleepers, spin, stuck } from './programs.ts';

interface Result {
  reason: string;
  code: number;
  message: string;
  instructions: number;
  tlb: { regime: string; vmid?: number; misses: number; fills: number; evictions: number }[];
  postMortems: PostMortem[];
}
const files = { abc, 'exit.bin': exit(42), exit300: exit(300), powerOff, reset, sleep, sleepers, spin, stuck };

describe.each(['boot', 'run'])('el2 %s', (command) => {
  it.each([
    ['exit.bin -semihosting', 42, 'exit'],
    ['exit300 -semihosting', 300 & 0xff, 'exit'],
    ['powerOff', 0, 'off'],
    ['reset -no-reboot', 0, 'reset'],
    ['reset --until AAA', 0, 'until'],
    ['abc --until ABC', 0, 'until'],
    ['abc --fail-on BC', 1, 'failOn'],
    ['spin --timeout 0.05', 124, 'timeout'],
    ['spin --max-instructions 12345', 125, 'instructionLimit'],
    ['sleep', 126, 'stuck'],
    ['sleepers -smp 2', 126, 'stuck'],
    ['stuck', 126, 'stuck'],
  ])('%s ends with %d, %s', async (line, code, reason) => {
    const ran = await el2(`${command} ${line} --result r.json`, files);
    const result = JSON.parse(ran.host.written['r.json']) as Result;
    expect({ code: ran.code, err: ran.err.split('\n')[0] }).toEqual({
      code,
      err: result.postMortems.length === 0 ? '' : `el2: ${reason}: ${result.message}`,
    });
    expect(result).toMatchObject({ reason, code });
    const isAbnormal = !['exit', 'off', 'reset', 'until'].includes(reason);
    expect(result.postMortems).toHaveLength(isAbnormal ? 1 : 0);
    expect(result.tlb.map(({ regime }) => regime)).toContain('EL2');
  });

  it('stops at the instruction that reaches the limit', async () => {
    const { host } = await el2(`${command} spin --max-instructions 12345 --result r.json`, files);
    expect((JSON.parse(host.written['r.json']) as Result).instructions).toBe(12_345);
  });

  it('tells in a post-mortem how it came about', async () => {
    const { err, host } = await el2(`${command} stuck --result r.json`, files);
    const {
      postMortems: [postMortem],
    } = JSON.parse(host.written['r.json']) as Result;
    expect(postMortem.syndrome?.name).toMatch(/Abort|Instruction|Unknown reason/);
    expect(postMortem.exceptions.length).toBeGreaterThan(2);
    expect(postMortem.vm).toBe(command === 'run' ? 'stuck' : undefined);
    expect(err).toContain('Last syndrome:');
    expect(err).toContain('Last exceptions, newest first:');
    expect(err.includes('HCR_EL2')).toBe(command === 'run');
  });

  it('prints what the guest prints, up to the text that ends it', async () => {
    expect((await el2(`${command} abc --until B`, files)).out).toBe('AB');
    expect((await el2(`${command} abc --until ABC -serial null`, files)).out).toBe('');
    const { host, out } = await el2(`${command} abc --until ABC -serial file:uart.log`, files);
    expect([out, host.written['uart.log']]).toEqual(['', 'ABC']);
  });

  it.each([
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 143, 'terminated'],
  ] as const)('ends at %s with %d', async (signal, code, message) => {
    const host = new FakeHost(files);
    host.onTurn = (turn) => {
      if (turn === 2) host.signal(signal);
    };
    const ran = await el2(`${command} spin`, files, host);
    expect(ran.code).toBe(code);
    expect(ran.err).toMatch(new RegExp(`^el2: ${message} after \\d+ instructions, at EL1.*, PC 0x40080000\n$`));
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const host = new FakeHost(files);
    host.onTurn = () => {
      host.stdout.isClosed = true;
    };
    const { code, err } = await el2(`${command} spin`, files, host);
    expect([code, err]).toEqual([141, '']);
  });

  it('owns up to its bugs, with a post-mortem of the run', async () => {
    const host = new FakeHost(files);
    host.stdout.write = () => {
      host.stdout.write = () => {};
      throw new Error('the fake breaks');
    };
    const { code, err } = await el2(`${command} abc`, files, host);
    expect(code).toBe(70);
    expect(err).toMatch(/^el2: a bug in el2: the fake breaks; please report it .+\nel2: bug: the fake breaks\nCPU 0/);
    expect(err).not.toContain('at FakeHost');
  });
});

describe('el2', () => {
  it('without arguments is the demo', async () => {
    const { code, out, err } = await el2('');
    expect([code, err]).toEqual([0, '']);
    for (const vm of ['demo-a', 'demo-b']) expect(out).toMatch(new RegExp(`VM ${vm}, ended by PSCI SYSTEM_OFF`));
    expect(out).toMatch(/stage-2 faults served +\d+: \d+ by a page of memory/);
    expect(out).toMatch(/exits by kind +\d+: .*hvc 3/);
    expect(out).toMatch(/VA 0x80005028 -> IPA 0x[0-9a-f]+028 -> PA 0x[0-9a-f]+028 Normal WB/);
    expect(out).toContain('el2 run IMAGE');
    expect(out).not.toContain('WRONG');
  });

  it.each([
    ['--version', /^el2 1\.2\.3\n$/],
    ['--help', /^el2: a full-system .*el2 boot IMAGE.*--max-instructions N.*Exit codes: /s],
  ])('%s answers', async (line, text) => {
    const { code, out, err } = await el2(line);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(text);
  });

  it('reads what is typed', async () => {
    const { firmware } = await import('./fake-host.ts');
    const host = new FakeHost({ echo: firmware('echo') });
    host.onTurn = (turn) => host.type(new TextEncoder().encode(turn === 1 ? 'hel' : 'lo\nq'));
    const { code, out } = await el2('boot echo -semihosting --timeout 20', {}, host);
    expect(code).toBe(0);
    expect(out).toContain('hello');
  });
});
