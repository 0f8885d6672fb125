/** Exits that no handler serves: they end their VM, or come out of the iterator, which may let the guest go on. */

import { describe, expect, it } from 'vitest';
import { EC } from '../../src/arch/syndrome.ts';
import { PARK, RESUME, UNHANDLED, unhandled } from '../../src/hyp/exit.ts';
import type { HypervisorEnd, HypervisorRunOptions } from '../../src/hyp/run-loop.ts';
import type { UnhandledExit } from '../../src/hyp/unhandled-exits.ts';
import { b, bne, code, hvc, mov, OFF, subs, WFI } from './a64.ts';
import { ENTRY, Host } from './harness.ts';

const WFX_TEXT = 'exception class 0x01 (Trapped WFI or WFE), ISS 0x1e00000, at VA 0x0000000040080000';
const spin = code(mov(1, 50_000), subs(1, 1, 1), bne(-1), OFF);

function hostWithoutWaits(): Host {
  const host = new Host();
  host.hyp.handlers[EC.WFX] = unhandled;
  return host;
}

/** Iterates to the end; `each` may wait. */
async function iterate(
  host: Host,
  each: (unhandledExit: UnhandledExit) => Promise<void> | void,
  options?: HypervisorRunOptions,
): Promise<HypervisorEnd> {
  const exits = host.hyp.unhandledExits(options);
  for (;;) {
    const next = await exits.next();
    if (next.done === true) return next.value;
    await each(next.value);
  }
}

describe('an exit that nobody handles', () => {
  it('ends the VM with the syndrome and the place; others run on', () => {
    const host = hostWithoutWaits();
    const guest = host.program(code(WFI));
    const other = host.program(code(OFF));
    expect(host.hyp.run()).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'unhandled', what: WFX_TEXT });
    expect(other.vm.end).toEqual({ reason: 'off' });
  });

  it('is one that a handler declines', () => {
    const host = new Host();
    const calls = host.hyp.handlers[EC.HVC64];
    host.hyp.handlers[EC.HVC64] = (exit) => ((exit.iss & 0xffff) === 7 ? UNHANDLED : calls(exit));
    const [declined, served] = [host.program(code(hvc(7))), host.program(code(OFF))];
    host.hyp.run();
    expect(declined.vm.end).toMatchObject({ reason: 'unhandled' });
    expect(served.vm.end).toEqual({ reason: 'off' });
  });
});

describe('the iterator over unhandled exits', () => {
  it('lets code that waits serve them; the VMs stand still meanwhile', async () => {
    const host = hostWithoutWaits();
    const guest = host.program(code(WFI, WFI, OFF), { name: 'waiter' });
    const other = host.program(spin);
    const seen: unknown[] = [];
    const why = await iterate(host, async ({ exit, resume }) => {
      const before = host.system.instructions;
      await new Promise((done) => setTimeout(done, 1));
      expect(host.system.instructions).toBe(before);
      seen.push([exit.vm.name, exit.vcpu.index, exit.ec, Number(exit.pc)]);
      exit.setX(5, 0, Number(exit.pc));
      exit.skip();
      resume();
    });
    expect(why).toBe('ended');
    expect(seen).toEqual([
      ['waiter', 0, EC.WFX, ENTRY],
      ['waiter', 0, EC.WFX, ENTRY + 4],
    ]);
    expect(guest.x(5)).toBe(BigInt(ENTRY + 4));
    expect([guest.vm.end, other.vm.end]).toEqual([{ reason: 'off' }, { reason: 'off' }]);
  });

  it('sees no exit that a handler serves', async () => {
    const host = new Host();
    host.hyp.handlers[EC.WFX] = (exit) => {
      exit.skip();
      return exit.vcpu.index === 0 ? RESUME : PARK;
    };
    const guest = host.program(code(WFI, OFF));
    expect(await iterate(host, () => expect.fail())).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
  });

  it('ends the VM of an exit that is not resumed; others run on', async () => {
    const host = hostWithoutWaits();
    const guest = host.program(code(WFI));
    const other = host.program(spin);
    let count = 0;
    await iterate(host, () => {
      count++;
    });
    expect(count).toBe(1);
    expect(guest.vm.end).toEqual({ reason: 'unhandled', what: WFX_TEXT });
    expect(other.vm.end).toEqual({ reason: 'off' });
  });

  it('ends that VM too when the loop is left, or the VMs are run by other means', async () => {
    const host = hostWithoutWaits();
    const [left, forgotten] = [host.program(code(WFI)), host.program(code(mov(1, 1), WFI))];
    for await (const { exit } of host.hyp.unhandledExits()) {
      expect(exit.vm).toBe(left.vm);
      break;
    }
    expect(left.vm.end).toMatchObject({ reason: 'unhandled' });
    await host.hyp.unhandledExits().next();
    expect(forgotten.vm.end).toBeUndefined();
    expect(host.hyp.run()).toBe('ended');
    expect(forgotten.vm.end).toMatchObject({ reason: 'unhandled' });
  });

  it('stands a VM that is destroyed while its exit waits', async () => {
    const host = hostWithoutWaits();
    const free = host.hyp.frames.freeBytes;
    const guest = host.program(code(WFI));
    await iterate(host, ({ resume }) => {
      host.hyp.destroyVm(guest.vm);
      resume();
    });
    expect(guest.vm.end).toEqual({ reason: 'destroyed' });
    expect(host.hyp.frames.freeBytes).toBe(free);
  });

  it('executes no more instructions in all than it may', async () => {
    const host = hostWithoutWaits();
    host.program(code(WFI, b(-1)));
    let count = 0;
    const serve = ({ exit, resume }: UnhandledExit): void => {
      count++;
      exit.skip();
      resume();
    };
    expect(await iterate(host, serve, { maxInstructions: 1000 })).toBe('budget');
    expect(host.system.instructions).toBe(1000);
    expect(count).toBeGreaterThan(400);
  });
});
