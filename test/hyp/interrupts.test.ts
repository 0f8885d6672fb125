/** Virtual interrupts of devices and of other vCPUs, by the guest's own GIC accesses, in every engine. */

import { describe, expect, it } from 'vitest';
import { add, b, bne, code, hvc, ldr, ldrW, mov, OFF, str, subs, WFI } from './a64.ts';
import {
  BEQ_4,
  COUNTS,
  ERET,
  GIC_ON,
  GICC,
  GICD,
  guestOf,
  MASK,
  strW,
  taken,
  UNMASK,
  VECTORS,
  write,
  YIELD,
} from './gic-guest.ts';
import { ENTRY, Host } from './harness.ts';

const ENGINES = ['interp', 'jit', 'auto'] as const;

describe.each(ENGINES)('interrupts of devices, engine %s:', (engine) => {
  it('wake a vCPU that waits, are taken once, and leave no exit but those of the distributor', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(host, code(GIC_ON, write(GICD + 0xc08, 2 << 0), UNMASK, WFI, OFF));
    // INTID 32 is edge-triggered; the line rises while the guest waits.
    host.hyp.run({ until: () => guest.vm.vcpus[0].status === 'wfi' });
    guest.vm.setSpi(0, true);
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 32)).toBe(1n);
  });

  it('that stay high fire again when the guest has ended them, and no more when they are low', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(host, code(GIC_ON, UNMASK, mov(3, 3000), subs(3, 3, 1), bne(-1), YIELD, b(-6)));
    guest.vm.setSpi(5, true);
    host.hyp.run({ maxInstructions: 20_000 });
    const count = taken(guest, 37);
    expect(count).toBeGreaterThan(10n);
    guest.vm.setSpi(5, false);
    host.hyp.run({ maxInstructions: 20_000 });
    expect(taken(guest, 37) - count).toBeLessThanOrEqual(1n);
    const after = taken(guest, 37);
    host.hyp.run({ maxInstructions: 20_000 });
    expect(taken(guest, 37)).toBe(after);
  });

  it('more than there are list registers are all taken, the most urgent first', () => {
    const host = new Host({ gic: true, engine });
    const ORDER = 0x4300_0000;
    const edges = write(GICD + 0xc08, 0xaaaa_aaaa);
    const priorities = [0, 4].flatMap((at) => write(GICD + 0x420 + at, 0x2020_2020));
    const urgent = write(GICD + 0x428, 0x1010_1010);
    const guest = guestOf(
      host,
      code(GIC_ON, edges, priorities, urgent, YIELD, UNMASK, mov(3, 9000), subs(3, 3, 1), bne(-1), OFF),
    );
    // This handler logs INTIDs in the order of X25.
    guest.vm.writeBytes(
      VECTORS + 0x800,
      code(mov(10, GICC + 0xc), ldrW(20, 10), str(20, 25), add(25, 25, 8), mov(10, GICC + 0x10), strW(20, 10), ERET),
    );
    guest.vm.vcpus[0].registers.setX(25, BigInt(ORDER));
    host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
    for (let spi = 0; spi < 12; spi++) guest.vm.setSpi(spi, true);
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    const order = Array.from({ length: 12 }, (_, i) => Number(guest.word(ORDER + 8 * i)) - 32);
    expect(order).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(guest.word(ORDER + 8 * 12)).toBe(0n);
  });

  it('of the UART reach the guest', () => {
    const host = new Host({ gic: true, engine });
    const UART = 0x0900_0000;
    const guest = guestOf(host, code(GIC_ON, write(UART + 0x38, 1 << 4), UNMASK, WFI, mov(2, UART), ldrW(5, 2), OFF));
    host.hyp.run({ until: () => guest.vm.vcpus[0].status === 'wfi' });
    guest.vm.input(Uint8Array.of(0x61));
    // The handler ends it and leaves the line high: it comes again until the character is read.
    host.hyp.run({ maxInstructions: 500 });
    expect(taken(guest, 33)).toBeGreaterThan(1n);
  });
});

describe.each(ENGINES)('SGIs, engine %s:', (engine) => {
  it.each([1, 2])('travel between vCPUs, on %i CPUs, with their sender', (cpus) => {
    const host = new Host({ gic: true, engine, cpus });
    const SECOND = ENTRY + 0x8000;
    const start = [...mov(0, 0xc400_0003), ...mov(1, 1), ...mov(2, SECOND), ...mov(3, 0), hvc()];
    // Each sends SGI 3 to the other, and waits for one.
    // Looks with interrupts masked, so that none comes between the look and the wait.
    const waitFor = (address: number): number[] => [
      ...mov(4, address),
      ...[MASK, ldr(5, 4), subs(31, 5, 1), BEQ_4, WFI, UNMASK, b(-6), UNMASK],
    ];
    const guest = guestOf(
      host,
      code(GIC_ON, UNMASK, start, write(GICD + 0xf00, 0x0002_0003), waitFor(COUNTS + 8 * 4), OFF),
      { vcpus: 2 },
    );
    guest.vm.writeBytes(
      SECOND,
      code(GIC_ON, UNMASK, waitFor(COUNTS + 8 * 3), write(GICD + 0xf00, 0x0001_0004), WFI, b(-1)),
    );
    expect(host.hyp.run({ maxInstructions: 1_000_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([taken(guest, 3), taken(guest, 4)]).toEqual([1n, 1n]);
    // SGI 4 came from vCPU 1.
    expect(guest.x(20)).toBe((1n << 10n) | 4n);
  });

  it('of one number from several senders are all taken', () => {
    const host = new Host({ gic: true, engine });
    const guest = guestOf(host, code(GIC_ON, YIELD, UNMASK, mov(3, 3000), subs(3, 3, 1), bne(-1), OFF), { vcpus: 4 });
    host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
    for (const from of [1, 2, 3]) guest.vm.parts.gic?.frames[0].device.write(0xf00, 4, 0x0001_0007, from);
    host.hyp.run();
    expect(taken(guest, 7)).toBe(3n);
  });
});

it.each(ENGINES)('a VM has no other VM’s interrupts, nor the machine’s, engine %s', (engine) => {
  const host = new Host({ gic: true, engine });
  const program = code(GIC_ON, UNMASK, mov(3, 20_000), subs(3, 3, 1), bne(-1), OFF);
  const [one, other] = [guestOf(host, program), guestOf(host, program)];
  host.hyp.run({ maxInstructions: 5000 });
  one.vm.setSpi(3, true);
  host.gic.setSpi(4, true);
  host.hyp.run({ maxInstructions: 10_000 });
  one.vm.setSpi(3, false);
  host.hyp.run();
  expect(taken(one, 35)).toBeGreaterThan(0n);
  expect(taken(other, 35)).toBe(0n);
  expect(taken(one, 36) + taken(other, 36)).toBe(0n);
});
