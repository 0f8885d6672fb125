/** Timers of VMs: mapped to those of the CPU, on their way through list registers, in every engine. */

import { describe, expect, it } from 'vitest';
import { add, b, bne, code, ldr, ldrW, mov, mrs, msr, OFF, str, subs, WFI } from './a64.ts';
import { COUNTS, ERET, GIC_ON, GICC, guestOf, MASK, strW, taken, UNMASK, VECTORS } from './gic-guest.ts';
import { Host } from './harness.ts';

describe.each(['interp', 'jit', 'auto'] as const)('a timer, engine %s:', (engine) => {
  /** Arms the timer for `ticks` and waits. */
  const arm = (ticks: number, name: 'V' | 'P' = 'V'): number[] => [
    ...mov(1, ticks),
    ...[msr(`CNT${name}_TVAL_EL0`, 1), ...mov(1, 1), msr(`CNT${name}_CTL_EL0`, 1)],
  ];

  it.each([
    ['V', 27],
    ['P', 30],
  ] as const)('CNT%s ends a wait at its time: no vCPU runs, time jumps', (name, intid) => {
    const host = new Host({ gic: true, engine });
    const ticks = 1_000_000;
    const guest = guestOf(host, code(GIC_ON, UNMASK, arm(ticks, name), WFI, OFF));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, intid)).toBe(1n);
    const now = host.system.cpus[0].now();
    expect(now).toBeGreaterThanOrEqual(ticks * 16);
    expect(now).toBeLessThan(ticks * 16 + 100_000);
  });

  it('fires while the guest runs, and again when it is armed again', () => {
    const host = new Host({ gic: true, engine });
    const again = [...arm(500), ...mov(3, 20_000), subs(3, 3, 1), bne(-1)];
    const guest = guestOf(host, code(GIC_ON, UNMASK, again, again, again, OFF));
    host.hyp.run();
    expect(taken(guest, 27)).toBe(3n);
  });

  it('runs on while another VM has the CPU, and each VM has a counter of its own', () => {
    const host = new Host({ gic: true, engine });
    const timed = [...arm(2000), WFI, mrs(7, 'CNTVCT_EL0'), OFF].flat();
    const first = guestOf(host, code(GIC_ON, UNMASK, timed), { name: 'first' });
    const busy = host.program(code(mov(1, 300_000), subs(1, 1, 1), bne(-1), OFF));
    host.hyp.run({ maxInstructions: 30_000 });
    const second = guestOf(host, code(mrs(6, 'CNTVCT_EL0'), GIC_ON, UNMASK, timed), { name: 'second' });
    host.hyp.run();
    for (const guest of [first, second]) {
      expect(guest.vm.end).toEqual({ reason: 'off' });
      expect(taken(guest, 27)).toBe(1n);
      expect(guest.x(7)).toBeGreaterThanOrEqual(2000n);
    }
    expect(busy.vm.end).toEqual({ reason: 'off' });
    expect(second.x(6)).toBeLessThan(2000n);
  });

  it('of a guest that masks interrupts still ends its WFI', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(host, code(GIC_ON, MASK, arm(1000), WFI, mov(5, 5), OFF));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 27)).toBe(0n);
  });

  it('that the distributor does not forward leaves the VM stuck, and does not hang the host', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(host, code(arm(1000), WFI, b(-1)));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toMatchObject({ reason: 'stuck' });
  });

  it('and active interrupts follow their vCPU through world switches', () => {
    const host = new Host({ gic: true, engine, cpus: 2 });
    // Five guests on two CPUs, each with a timer that its handler leaves active for two time slices.
    const guests = Array.from({ length: 5 }, (_, i) => {
      const again = [...arm(300 + i), ...mov(3, 30_000), subs(3, 3, 1), bne(-1)];
      const guest = guestOf(host, code(GIC_ON, UNMASK, again, again, again, OFF), { name: `g${i}` });
      const slow = code(
        mov(10, GICC + 0xc),
        ldrW(20, 10),
        msr('CNTV_CTL_EL0', 31),
        mov(11, 10_000),
        subs(11, 11, 1),
        bne(-1),
        mov(12, COUNTS),
        ldr(13, 12),
        add(13, 13, 1),
        str(13, 12),
        mov(10, GICC + 0x10),
        strW(20, 10),
        ERET,
      );
      guest.vm.writeBytes(VECTORS + 0x800, slow);
      return guest;
    });
    expect(host.hyp.run({ maxInstructions: 5_000_000 })).toBe('ended');
    for (const guest of guests) {
      expect(guest.vm.end).toEqual({ reason: 'off' });
      expect(guest.word(COUNTS)).toBe(3n);
      expect(guest.x(20)).toBe(27n);
    }
  });
});
