/** A virtual GICv3 for VMs: system registers without exits, SGIs by trap, redistributors, and VMs without any, in every engine. */

import { describe, expect, it } from 'vitest';
import { add, b, bne, code, hvc, ISB, ldr, mov, mrs, msr, OFF, str, subs, WFI } from './a64.ts';
import { BEQ_4, COUNTS, ERET, GICD, MASK, taken, UNMASK, VECTORS, write } from './gic-guest.ts';
import { ENTRY, Host, type TestVm } from './harness.ts';

const ENGINES = ['interp', 'jit', 'auto'] as const;
const GICR = 0x080a_0000;
const SGI_BASE = 0x1_0000;

/** Enables the CPU interface and Group 1; all SGIs and PPIs of vCPU `cpu`, and SPIs 32 to 63. */
const gicOn = (cpu = 0): number[] => [
  ...[...mov(9, VECTORS), msr('VBAR_EL1', 9), ...write(GICD, 2)],
  ...[...write(GICD + 0x84, 0xffff_ffff), ...write(GICD + 0x104, 0xffff_ffff)],
  ...write(GICR + 0x2_0000 * cpu + SGI_BASE + 0x80, 0xffff_ffff),
  ...write(GICR + 0x2_0000 * cpu + SGI_BASE + 0x100, 0xffff_ffff),
  ...[...mov(9, 0xf0), msr('ICC_PMR_EL1', 9), ...mov(9, 1), msr('ICC_IGRPEN1_EL1', 9), ISB],
];
const lslAdd = (rd: number, rn: number, rm: number, by: number): number =>
  (0x8b00_0000 | (rm << 16) | (by << 10) | (rn << 5) | rd) >>> 0;
/** Acknowledges, counts by INTID, silences the timers, ends. Uses X11 to X14. */
const HANDLER = code(
  mrs(11, 'ICC_IAR1_EL1'),
  mov(12, COUNTS),
  lslAdd(12, 12, 11, 3),
  ldr(13, 12),
  add(13, 13, 1),
  str(13, 12),
  msr('CNTV_CTL_EL0', 31),
  msr('CNTP_CTL_EL0', 31),
  msr('ICC_EOIR1_EL1', 11),
  ERET,
);

function guestOf(host: Host, program: Uint8Array, options: { vcpus?: number } = {}): TestVm {
  const guest = host.program(program, options);
  for (const vector of [0x280, 0x480]) guest.vm.writeBytes(VECTORS + vector, code(b((0x800 - vector) / 4)));
  guest.vm.writeBytes(VECTORS + 0x800, HANDLER);
  return guest;
}
const arm = (ticks: number): number[] => [
  ...mov(1, ticks),
  msr('CNTV_TVAL_EL0', 1),
  ...mov(1, 1),
  msr('CNTV_CTL_EL0', 1),
];
const spin = (count: number): number[] => [...mov(3, count), subs(3, 3, 1), bne(-1)];

describe.each(ENGINES)('a virtual GICv3, engine %s:', (engine) => {
  it('a timer ends a wait, and fires again when it is armed again', () => {
    const host = new Host({ gic: 3, engine });
    const guest = guestOf(host, code(gicOn(), UNMASK, arm(1_000_000), WFI, arm(500), spin(20_000), OFF));
    expect(host.hyp.run({ maxInstructions: 200_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(taken(guest, 27)).toBe(2n);
    // The CPU interface is the guest's own: no exit but for the frames, the wait, timers and the call.
    expect(guest.vm.stats.exits.sysreg).toBe(0);
  });

  it('active interrupts and priorities follow their vCPU through world switches', () => {
    const host = new Host({ gic: 3, engine });
    const program = code(gicOn(), arm(0), spin(2000), mrs(5, 'ICC_IAR1_EL1'), spin(40_000), [
      ...[mrs(6, 'ICC_RPR_EL1'), mrs(7, 'ICC_PMR_EL1'), msr('CNTV_CTL_EL0', 31), msr('ICC_EOIR1_EL1', 5)],
      ...[mrs(8, 'ICC_RPR_EL1'), ...OFF],
    ]);
    const guests = [guestOf(host, program), guestOf(host, program)];
    host.hyp.run();
    expect(host.hyp.statistics().worldSwitches).toBeGreaterThan(4);
    for (const guest of guests) {
      expect([5, 6, 7, 8].map((n) => guest.x(n))).toEqual([27n, 0n, 0xf0n, 0xffn]);
      expect(guest.vm.end).toEqual({ reason: 'off' });
    }
  });

  it.each([1, 2])('SGIs travel between vCPUs, on %i CPUs', (cpus) => {
    const host = new Host({ gic: 3, engine, cpus });
    const SECOND = ENTRY + 0x8000;
    const start = [...mov(0, 0xc400_0003), ...mov(1, 1), ...mov(2, SECOND), ...mov(3, 0), hvc()];
    const send = (intid: number, to: number): number[] => [
      ...mov(4, (intid << 24) | (1 << to)),
      msr('ICC_SGI1R_EL1', 4),
    ];
    const waitFor = (intid: number): number[] => [
      ...mov(4, COUNTS + 8 * intid),
      ...[MASK, ldr(5, 4), subs(31, 5, 1), BEQ_4, WFI, UNMASK, b(-6), UNMASK],
    ];
    // SGIs are for a group, which the receiver may not have chosen yet.
    const group1 = write(GICR + 0x2_0000 + SGI_BASE + 0x80, 0xffff_ffff);
    const guest = guestOf(host, code(group1, gicOn(), UNMASK, start, send(3, 1), waitFor(4), OFF), { vcpus: 2 });
    guest.vm.writeBytes(SECOND, code(gicOn(1), UNMASK, waitFor(3), send(4, 0), WFI, b(-1)));
    expect(host.hyp.run({ maxInstructions: 1_000_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([taken(guest, 3), taken(guest, 4)]).toEqual([1n, 1n]);
    expect(guest.vm.stats.exits.sysreg).toBe(2);
  });

  it('more interrupts than list registers are all taken', () => {
    const host = new Host({ gic: 3, engine });
    const edges = write(GICD + 0xc08, 0xaaaa_aaaa);
    const guest = guestOf(host, code(edges, gicOn(), mov(0, 0xc600_0001), hvc(), UNMASK, spin(30_000), OFF));
    host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
    for (let spi = 0; spi < 16; spi++) guest.vm.setSpi(spi, true);
    host.hyp.run();
    expect(Array.from({ length: 16 }, (_, spi) => taken(guest, 32 + spi))).toEqual(
      Array.from({ length: 16 }, () => 1n),
    );
  });

  it('a VM of more vCPUs than it serves has no CPU interface, whoever ran before', () => {
    const host = new Host({ gic: 3, engine });
    const other = guestOf(host, code(gicOn(), spin(50_000), mrs(5, 'ICC_PMR_EL1'), OFF));
    const absent = code(mrs(6, 'ESR_EL1'), mrs(7, 'ELR_EL1'), OFF);
    const guest = host.program(
      code(spin(20_000), mov(9, VECTORS), msr('VBAR_EL1', 9), mrs(5, 'ID_AA64PFR0_EL1'), mrs(8, 'ICC_PMR_EL1'), OFF),
      { vcpus: 9 },
    );
    guest.vm.writeBytes(VECTORS + 0x200, absent);
    host.hyp.run();
    expect([(guest.x(5) >> 24n) & 15n, guest.x(6)]).toEqual([0n, 0x0200_0000n]);
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([other.x(5), other.vm.end]).toEqual([0xf0n, { reason: 'off' }]);
  });
});
