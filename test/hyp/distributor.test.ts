/** What a guest reads from its distributor, and what it writes there, while interrupts are in list registers. */

import { describe, expect, it } from 'vitest';
import { b, bne, code, hvc, ldr, ldrW, mov, msr, OFF, str, subs } from './a64.ts';
import { GIC_ON, GICC, GICD, guestOf, strW, taken, UNMASK, write, YIELD } from './gic-guest.ts';
import { ENTRY, Host } from './harness.ts';

const FLAG = 0x4200_0000;
const SECOND = ENTRY + 0x8000;
const ISPENDR0 = GICD + 0x200;
const ISPENDR1 = GICD + 0x204;
const ISACTIVER0 = GICD + 0x300;
const ISACTIVER1 = GICD + 0x304;
const IAR = GICC + 0xc;
const VIRTUAL_TIMER = 1n << 27n;
const read = (to: number, at: number): number[] => [...mov(2, at), ldrW(to, 2)];
const timer = (control: number): number[] => [...mov(1, control), msr('CNTV_CTL_EL0', 1)];
const call = (id: number, ...args: number[]): number[] => [
  ...args.flatMap((value, i) => mov(i + 1, value)),
  ...mov(0, id),
  hvc(),
];
const cpuOn = (context: number): number[] => call(0xc400_0003, 1, SECOND, context);

describe.each(['interp', 'jit', 'auto'] as const)('engine %s:', (engine) => {
  it('a timer that the distributor does not forward is pending as long as its line is high', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(
      host,
      code(
        ...[write(GICD, 1), msr('CNTV_CVAL_EL0', 31), timer(1), read(5, ISPENDR0)],
        ...[timer(3), read(6, ISPENDR0), timer(1), read(7, ISPENDR0), timer(0), read(8, ISPENDR0), OFF],
      ),
    );
    host.hyp.run({ maxInstructions: 100_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([5, 6, 7, 8].map((n) => guest.x(n))).toEqual([VIRTUAL_TIMER, 0n, VIRTUAL_TIMER, 0n]);
  });

  it('a timer whose line falls while it is active is active alone, and fires again later', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(
      host,
      code(
        ...[GIC_ON, msr('CNTV_CVAL_EL0', 31), timer(1), read(20, IAR), read(5, ISPENDR0), timer(0)],
        ...[read(6, ISPENDR0), read(7, ISACTIVER0), write(GICC + 0x10, 27), read(8, ISACTIVER0)],
        ...[timer(1), read(21, IAR), write(GICC + 0x10, 27), read(22, IAR), OFF],
      ),
    );
    host.hyp.run({ maxInstructions: 100_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([5, 6, 7, 8].map((n) => guest.x(n))).toEqual([VIRTUAL_TIMER, 0n, VIRTUAL_TIMER, 0n]);
    // The line is still high when the guest ends the interrupt the second time.
    expect([20, 21, 22].map((n) => guest.x(n))).toEqual([27n, 27n, 27n]);
  });

  it('a write of ISPENDR is taken once, of a level-sensitive interrupt too', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(
      host,
      code(GIC_ON, UNMASK, write(ISPENDR1, 1 << 5), mov(3, 3000), subs(3, 3, 1), bne(-1), read(5, ISPENDR1), OFF),
    );
    host.hyp.run({ maxInstructions: 100_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 37)).toBe(1n);
    expect(guest.x(5)).toBe(0n);
  });

  it.each([
    ['level-sensitive', 0],
    ['edge-triggered', 2 << 10],
  ])('a write of ISPENDR while a %s interrupt is active makes it pending again', (_kind, configuration) => {
    const host = new Host({ gic: true, engine });
    const set = write(ISPENDR1, 1 << 5);
    const guest = guestOf(
      host,
      code(
        ...[
          GIC_ON,
          write(GICD + 0xc08, configuration),
          set,
          read(20, IAR),
          set,
          read(5, ISPENDR1),
          read(6, ISACTIVER1),
          read(21, IAR),
        ],
        ...[write(GICC + 0x10, 37), read(22, IAR), write(GICC + 0x10, 37), read(23, IAR), OFF],
      ),
    );
    host.hyp.run({ maxInstructions: 100_000 });
    expect([20, 21, 22, 23].map((n) => guest.x(n))).toEqual([37n, 1023n, 37n, 1023n]);
    expect([5, 6].map((n) => guest.x(n))).toEqual([1n << 5n, 1n << 5n]);
  });

  it('a line that falls is no more pending for a write of ISPENDR that was acknowledged before', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(
      host,
      code(
        ...[GIC_ON, write(ISPENDR1, 1 << 5), read(20, IAR), write(GICC + 0x10, 37), YIELD],
        ...[read(5, ISPENDR1), YIELD, read(6, ISPENDR1), OFF],
      ),
    );
    const { vm } = guest;
    host.hyp.run({ until: () => vm.stats.exits.hvc === 1 });
    vm.setSpi(5, true);
    host.hyp.run({ until: () => vm.stats.exits.hvc === 2 });
    vm.setSpi(5, false);
    host.hyp.run();
    expect([20, 5, 6].map((n) => guest.x(n))).toEqual([37n, 1n << 5n, 0n]);
  });

  it('what another vCPU has acknowledged reads as active', () => {
    const host = new Host({ gic: true, cpus: 2, engine });
    const wait = [...mov(4, FLAG), ldr(5, 4), subs(5, 5, 1), bne(-2)];
    const guest = guestOf(
      host,
      code(
        ...[GIC_ON, write(GICD + 0x824, 0x0200), cpuOn(0), write(ISPENDR1, 1 << 5)],
        ...[wait, read(6, ISACTIVER1), read(7, ISPENDR1), OFF],
      ),
      { vcpus: 2 },
    );
    const poll = [...mov(10, IAR), ldrW(20, 10), subs(21, 20, 37), bne(-2)];
    guest.vm.writeBytes(SECOND, code(GIC_ON, poll, mov(1, 1), mov(2, FLAG), str(1, 2), b(0)));
    host.hyp.run({ maxInstructions: 1_000_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([6, 7].map((n) => guest.x(n))).toEqual([1n << 5n, 0n]);
  });

  it('a vCPU that is turned on again begins with its CPU interface as after a reset', () => {
    const host = new Host({ gic: true, cpus: 2, engine });
    const again = cpuOn(2);
    const info = call(0xc400_0004, 1, 0);
    const guest = guestOf(
      host,
      code(
        ...[cpuOn(1), again, subs(6, 0, 0), bne(-again.length - 1)],
        ...[info, subs(6, 0, 1), bne(-info.length - 1), OFF],
      ),
      { vcpus: 2 },
    );
    const off = [...mov(0, 0x8400_0002), hvc()];
    guest.vm.writeBytes(SECOND, code(0xaa00_03e8, mov(10, GICC + 4), ldrW(7, 10), mov(1, 0xf0), strW(1, 10), off));
    host.hyp.run({ maxInstructions: 1_000_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    const { registers } = guest.vm.vcpus[1];
    expect(registers.x(8)).toBe(2n);
    expect(registers.x(7)).toBe(0n);
  });
});
