/** Virtual interrupts and timers of VMs, through list registers and by the guest's own GIC accesses. */

import { describe, expect, it } from 'vitest';
import { add, b, bne, code, hvc, ldr, ldrW, mov, mrs, msr, OFF, str, subs, WFI } from './a64.ts';
import { ENTRY, Host, type TestVm } from './harness.ts';

const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
const VECTORS = 0x4010_0000;
/** Where the handler counts interrupts: a word for each INTID. */
const COUNTS = 0x4200_0000;
const ERET = 0xd69f_03e0;
const UNMASK = 0xd503_42ff;
const MASK = 0xd503_42df;
/** B.EQ four instructions on. */
const BEQ_4 = 0x5400_0080;
const YIELD = [...mov(0, 0xc600_0001), hvc()];
const strW = (rt: number, rn: number): number => (0xb900_0000 | (rn << 5) | rt) >>> 0;
const write = (at: number, value: number): number[] => [...mov(1, value), ...mov(2, at), strW(1, 2)];
const lslAdd = (rd: number, rn: number, rm: number, by: number): number =>
  (0x8b00_0000 | (rm << 16) | (by << 10) | (rn << 5) | rd) >>> 0;
const andMask = (rd: number, rn: number): number => (0x9240_2400 | (rn << 5) | rd) >>> 0;

/** Enables the CPU interface and the distributor, INTIDs 0 to 63 at priority 0 (reset) to all CPUs. */
const GIC_ON = [
  ...[...mov(9, VECTORS), msr('VBAR_EL1', 9)],
  ...[...write(GICD, 1), ...write(GICD + 0x100, 0xffff_ffff), ...write(GICD + 0x104, 0xffff_ffff)],
  ...[...write(GICC + 4, 0xf0), ...write(GICC, 1)],
];
/** Acknowledges, counts by INTID, keeps the last IAR in X20, silences the virtual timer, ends. Uses X10 to X15. */
const HANDLER = code(
  mov(10, GICC + 0xc),
  ldrW(20, 10),
  andMask(11, 20),
  mov(12, COUNTS),
  lslAdd(12, 12, 11, 3),
  ldr(13, 12),
  add(13, 13, 1),
  str(13, 12),
  msr('CNTV_CTL_EL0', 31),
  msr('CNTP_CTL_EL0', 31),
  mov(10, GICC + 0x10),
  strW(20, 10),
  ERET,
);

function guestOf(host: Host, program: Uint8Array, options: { vcpus?: number; name?: string } = {}): TestVm {
  const guest = host.program(program, options);
  for (const vector of [0x280, 0x480]) guest.vm.writeBytes(VECTORS + vector, code(b((0x800 - vector) / 4)));
  guest.vm.writeBytes(VECTORS + 0x800, HANDLER);
  return guest;
}
const taken = (guest: TestVm, intid: number): bigint => guest.word(COUNTS + 8 * intid);

describe('interrupts of devices', () => {
  it('wake a vCPU that waits, are taken once, and leave no exit but those of the distributor', () => {
    const host = new Host({ gic: true });
    const guest = guestOf(host, code(GIC_ON, write(GICD + 0xc08, 2 << 0), UNMASK, WFI, OFF));
    // INTID 32 is edge-triggered; the line rises while the guest waits.
    host.hyp.run({ until: () => guest.vm.vcpus[0].status === 'wfi' });
    guest.vm.setSpi(0, true);
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 32)).toBe(1n);
  });

  it('that stay high fire again when the guest has ended them, and no more when they are low', () => {
    const host = new Host({ gic: true });
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
    const host = new Host({ gic: true });
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
    const host = new Host({ gic: true });
    const UART = 0x0900_0000;
    const guest = guestOf(host, code(GIC_ON, write(UART + 0x38, 1 << 4), UNMASK, WFI, mov(2, UART), ldrW(5, 2), OFF));
    host.hyp.run({ until: () => guest.vm.vcpus[0].status === 'wfi' });
    guest.vm.input(Uint8Array.of(0x61));
    // The handler ends it and leaves the line high: it comes again until the character is read.
    host.hyp.run({ maxInstructions: 500 });
    expect(taken(guest, 33)).toBeGreaterThan(1n);
  });
});

describe('SGIs', () => {
  it.each([1, 2])('travel between vCPUs, on %i CPUs, with their sender', (cpus) => {
    const host = new Host({ gic: true, cpus });
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
    const host = new Host({ gic: true });
    const guest = guestOf(host, code(GIC_ON, YIELD, UNMASK, mov(3, 3000), subs(3, 3, 1), bne(-1), OFF), { vcpus: 4 });
    host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
    for (const from of [1, 2, 3]) guest.vm.parts.gic?.distributor.write(0xf00, 4, 0x0001_0007, from);
    host.hyp.run();
    expect(taken(guest, 7)).toBe(3n);
  });
});

describe('the virtual timer', () => {
  /** Arms the timer for `ticks` and waits. */
  const arm = (ticks: number, name: 'V' | 'P' = 'V'): number[] => [
    ...mov(1, ticks),
    ...[msr(`CNT${name}_TVAL_EL0`, 1), ...mov(1, 1), msr(`CNT${name}_CTL_EL0`, 1)],
  ];

  it.each([
    ['V', 27],
    ['P', 30],
  ] as const)('CNT%s ends a wait at its time: no vCPU runs, time jumps', (name, intid) => {
    const host = new Host({ gic: true });
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
    const host = new Host({ gic: true });
    const again = [...arm(500), ...mov(3, 20_000), subs(3, 3, 1), bne(-1)];
    const guest = guestOf(host, code(GIC_ON, UNMASK, again, again, again, OFF));
    host.hyp.run();
    expect(taken(guest, 27)).toBe(3n);
  });

  it('runs on while another VM has the CPU, and each VM has a counter of its own', () => {
    const host = new Host({ gic: true });
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
    const host = new Host({ gic: true });
    const guest = guestOf(host, code(GIC_ON, MASK, arm(1000), WFI, mov(5, 5), OFF));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 27)).toBe(0n);
  });

  it('that the distributor does not forward leaves the VM stuck, and does not hang the host', () => {
    const host = new Host({ gic: true });
    const guest = guestOf(host, code(arm(1000), WFI, b(-1)));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toMatchObject({ reason: 'stuck' });
  });

  it('and active interrupts follow their vCPU through world switches', () => {
    const host = new Host({ gic: true, cpus: 2 });
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

it('a VM has no other VM’s interrupts, nor the machine’s', () => {
  const host = new Host({ gic: true });
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
