/** Ctrl-A on the console, and the monitor behind it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EscapeKeys } from '../../src/cli/monitor/escape-keys.ts';
import { el2, FakeHost, firmware, type Ran } from './fake-host.ts';
import { abc, flat, spin } from './programs.ts';

const A = '\x01';
/** Types each text in a turn of its own, and leaves by Ctrl-A x. */
function typing(
  line: string,
  files: Record<string, Uint8Array>,
  texts: readonly string[],
  terminal = true,
  seconds = 20,
): Promise<Ran> {
  const host = new FakeHost(files);
  host.isInteractive = terminal;
  const all = [...texts, `${A}x`];
  host.onTurn = (turn) => host.type(new TextEncoder().encode(all[turn - 1] ?? ''));
  return el2(`${line} --timeout ${seconds} --result r`, {}, host);
}
const reasonOf = ({ host }: Ran): string => (JSON.parse(host.written.r) as { reason: string }).reason;

/** What the monitor prints for some lines. */
async function monitor(line: string, files: Record<string, Uint8Array>, ...lines: string[]): Promise<string> {
  const ran = await typing(line, files, [`${A}c`, ...lines.map((text) => `${text}\r`)]);
  expect([ran.code, ran.err]).toEqual([0, '']);
  return ran.out;
}

describe('the keys behind Ctrl-A', () => {
  it.each(['boot', 'run'])('x ends %s with exit code 0', async (command) => {
    const ran = await typing(`${command} x`, { x: spin }, []);
    expect([ran.code, ran.out, ran.err, reasonOf(ran)]).toEqual([0, '', '', 'quit']);
  });

  it('h lists them, and others do nothing', async () => {
    const { out } = await typing('boot x', { x: spin }, [`${A}h`, `${A}z`]);
    expect(out).toBe(
      '\nCtrl-A h       this help\nCtrl-A x       end the run\nCtrl-A c       turn to the monitor and back\n' +
        'Ctrl-A Ctrl-A  send Ctrl-A\n',
    );
  });

  it('go nowhere but to the guest without a monitor', async () => {
    const host = new FakeHost({ echo: firmware('echo') });
    host.onTurn = (turn) => host.type(new TextEncoder().encode(turn === 1 ? `${A}x${A}` : 'q'));
    const { out } = await el2('boot echo -semihosting --timeout 20', {}, host);
    expect(out).toContain(`${A}x${A}`);
    expect(host.takesCtrlC).toBe(false);
  });

  it('send one Ctrl-A for two, and Ctrl-C', async () => {
    const ran = await typing('boot echo -semihosting', { echo: firmware('echo') }, [`x${A}${A}y\x03`, A, `${A}z`, 'q']);
    expect(ran.out).toContain(`x${A}y\x03${A}z`);
    expect(ran.host.takesCtrlC).toBe(true);
    expect(reasonOf(ran)).toBe('exit');
  });

  it.each([
    ['-serial mon:stdio', false, 'quit'],
    ['-serial stdio', true, 'timeout'],
    ['', true, 'quit'],
    ['', false, 'timeout'],
  ])('count with %s in a terminal: %o', async (flag, terminal, reason) => {
    const ran = await typing(`boot x ${flag}`, { x: spin }, [], terminal, 0.3);
    expect(reasonOf(ran)).toBe(reason);
  });
});

it('splits what is typed alike, in whatever pieces it comes', () => {
  const seen = (pieces: readonly (readonly number[])[]): string => {
    let text = '';
    const keys = new EscapeKeys({
      type: (bytes) => {
        text += bytes.join();
      },
      command: (key) => {
        text += `[${key}]`;
      },
    });
    for (const piece of pieces) keys.receive(Uint8Array.from(piece));
    return text.replaceAll(',', '');
  };
  const key = fc.constantFrom(1, 1, 99, 120, 3);
  fc.assert(
    fc.property(fc.array(fc.array(key)), (pieces) => {
      expect(seen(pieces)).toBe(seen([pieces.flat()]));
    }),
  );
});

describe('the monitor', () => {
  it('shows a line as it is typed and corrected', async () => {
    const out = await monitor('boot x', { x: spin }, 'hex\x7f\x7felp\x15info x\x1b[A\x1bOP\x1b[1;5C', 'quix\x03');
    expect(out).toContain('(el2) hex\b \b\b \belp');
    expect(out).toContain(`${'\b \b'.repeat(4)}info x\nunknown command 'info x': `);
    expect(out).toMatch(/quix\^C\n\(el2\) /);
  });

  it('turns back to the guest', async () => {
    const ran = await typing('boot echo -semihosting', { echo: firmware('echo') }, [`${A}chelp`, `${A}cback`, 'q']);
    expect(ran.out).toMatch(/\(el2\) help\n[^(]*back/);
    expect(reasonOf(ran)).toBe('exit');
  });

  it('lists its commands', async () => {
    const out = await monitor('boot x', { x: spin }, 'help');
    for (const name of ['info mtree', 'info registers', 'info tlb', 'info vms', 'info walk ADDRESS', 'quit'])
      expect(out).toContain(`\n${name} `);
  });

  it.each([
    ['info registres', "unknown command 'info registres': did you mean 'info registers'? 'help' lists all"],
    ['sytem_reset', "unknown command 'sytem_reset': did you mean 'system_reset'? 'help' lists all"],
    ['frobnicate now', "unknown command 'frobnicate now': 'help' lists all"],
    ['info walk', 'give it as: info walk ADDRESS'],
    ['quit now', 'give it as: quit'],
    ['info walk 0xg', "'0xg' is not a VA such as 0xffff800008000000"],
    ['info walk 0x1_0000_0000_0000_0000', "'0x1_0000_0000_0000_0000' is not a VA such as 0xffff800008000000"],
    ['', '(el2) '],
  ])('says what is wrong with %j', async (line, text) => {
    expect(await monitor('boot x', { x: spin }, line)).toContain(`${line}\n${text}`);
  });

  it('shows registers', async () => {
    const program = flat(0xd280_0543, 0x1400_0000); // mov x3, #42; b .
    const machine = await monitor('boot x -smp 2', { x: program }, 'info registers');
    expect(machine).toMatch(/CPU#0 \(running\)\n PC=0000000040080004 .*X03=000000000000002a.*CPU#1 \(off\)\n PC=/s);
    const vm = await monitor('run x', { x: program }, 'info registers');
    expect(vm).toMatch(/VM x CPU#0 \(running\)\n PC=0000000040080004 .*X03=000000000000002a.* EL1h\n/s);
  });

  it('shows what lies where', async () => {
    const machine = await monitor('boot x -m 64M', { x: spin }, 'info mtree');
    expect(machine).toMatch(/machine \(PA\)\n.* {2}0000000009000000-0000000009000fff pl011\n/s);
    expect(machine).toContain('  0000000040000000-0000000043ffffff ram\n(el2) ');
    const vm = await monitor('run x -m 64M', { x: spin }, 'info mtree');
    expect(vm).toMatch(
      /VM x \(IPA\)\n.* {2}0000000008010000-000000000801ffff PA 0x8040000\n.*-0000000043ffffff ram\n/s,
    );
  });

  it('explains a translation and shows the TLB', async () => {
    const vm = await monitor('run x', { x: spin }, 'info walk 0x4008_0000', 'info tlb', 'info vms');
    expect(vm).toMatch(/VM x\n.*0x40080000.*stage 2.*PA 0x/s);
    expect(vm).toMatch(
      /CPU#0: \d+ entries\n(.*\n)* {2}EL1&0 VMID 1 IPA 0x40080000 -> PA 0x[0-9a-f]+ 4096 bytes Normal WB\n/,
    );
    expect(vm).toMatch(/x: running, \d+ exits: instructionAbort 1; 1 stage-2 faults\n/);
    const machine = await monitor('boot x', { x: spin }, 'info walk 0x4008_0000', 'info vms');
    expect(machine).toContain('PA 0x40080000');
    expect(machine).toContain('no VMs');
  });

  it.each(['boot', 'run'])('starts the guests of %s again', async (command) => {
    const out = await monitor(`${command} x`, { x: abc }, 'system_reset', '');
    expect(out.split('ABC')).toHaveLength(3);
  });

  it('starts a guest again that waits for input', async () => {
    const ran = await typing('boot echo -semihosting', { echo: firmware('echo') }, [
      `${A}csystem_reset\r`,
      `${A}cok`,
      'q',
    ]);
    expect(reasonOf(ran)).toBe('exit');
    expect(ran.out).toContain('ok');
  });

  it.each(['boot', 'run'])('ends %s at a reset with -no-reboot', async (command) => {
    const ran = await typing(`${command} x -no-reboot`, { x: spin }, [`${A}csystem_reset\r`]);
    expect([ran.code, reasonOf(ran)]).toEqual([0, 'reset']);
  });

  it('ends the run', async () => {
    const ran = await typing('boot x', { x: spin }, [`${A}cquit\r`]);
    expect([ran.code, reasonOf(ran)]).toEqual([0, 'quit']);
  });
});
