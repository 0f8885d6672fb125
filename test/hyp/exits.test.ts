/** What guests do that exits: calls, waits, traps, devices, and accesses to what is not there. */

import { describe, expect, it } from 'vitest';
import { hex } from '../../src/arch/addresses.ts';
import { EC } from '../../src/arch/syndrome.ts';
import { CATEGORIES } from '../../src/arch/trace.ts';
import { type CpuModel, cpuModel } from '../../src/cpu/models.ts';
import type { Device } from '../../src/devices/device.ts';
import { PARK, RESUME } from '../../src/hyp/exit.ts';
import { EXIT_NS } from '../../src/hyp/exit-dispatch.ts';
import * as a64 from './a64.ts';
import {
  add,
  b,
  code,
  hvc,
  ldr,
  ldrPost,
  ldrsb,
  ldrW,
  mov,
  mrs,
  msr,
  OFF,
  SEMIHOSTING,
  smc,
  str,
  strb,
  WFE,
  WFI,
} from './a64.ts';
import { ENTRY, firmwareConsole, Host, RAM, type TestVm } from './harness.ts';

const UART = 0x0900_0000;
const VECTORS = 0x4010_0000;

/** A program whose exceptions at EL1 power off from the vector of its own level. */
function withVectors(host: Host, program: Uint8Array): TestVm {
  const guest = host.program(program);
  guest.vm.writeBytes(
    VECTORS + 0x200,
    code(mrs(20, 'ESR_EL1'), mrs(21, 'FAR_EL1'), mrs(22, 'ELR_EL1'), mrs(23, 'SPSR_EL1'), OFF),
  );
  guest.vm.writeBytes(
    VECTORS + 0x400,
    code(mrs(20, 'ESR_EL1'), mrs(21, 'FAR_EL1'), mrs(22, 'ELR_EL1'), mrs(23, 'SPSR_EL1'), OFF),
  );
  return guest;
}
const SET_VECTORS = [...mov(0, VECTORS), msr('VBAR_EL1', 0)];
const esr = (ec: number, iss: number): bigint => BigInt(ec * 2 ** 26 + 0x200_0000 + iss);

describe('calls', () => {
  it('PSCI SYSTEM_OFF and SYSTEM_RESET end the VM', () => {
    const host = new Host();
    const off = host.firmware('psci-off');
    const reset = host.program(code(mov(0, 0x8400_0009), hvc()));
    expect(host.hyp.run()).toBe('ended');
    expect(off.vm.end).toEqual({ reason: 'off' });
    expect(off.console).toBe(firmwareConsole('psci-off'));
    expect(reset.vm.end).toEqual({ reason: 'reset' });
  });

  it('SMC serves the same calls, and PC moves past it', () => {
    const host = new Host();
    const guest = host.program(code(mov(0, 0x8400_0000), smc(), add(1, 0, 0), OFF));
    host.hyp.run();
    expect(guest.x(1)).toBe(0x1_0001n);
    expect(guest.vm.stats.exits).toMatchObject({ smc: 1, hvc: 1 });
  });

  it('an unknown function or another immediate answers NOT_SUPPORTED, sign-extended', () => {
    const host = new Host();
    const program = code(mov(0, 0xc600_1234), hvc(), add(1, 0, 0), mov(0, 0x8400_0000), hvc(1), add(2, 0, 0), OFF);
    const guest = host.program(program);
    host.hyp.run();
    expect([guest.x(1), guest.x(2)]).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n]);
  });

  it('users add hypercalls, which see arguments and give results', () => {
    const host = new Host();
    host.hyp.hypercalls.add(0xc600_0100, 'double', (exit) => {
      exit.setX(0, 0, exit.lo(1) * 2);
      return RESUME;
    });
    expect(() => host.hyp.hypercalls.add(0xc600_0100, 'again', () => PARK)).toThrow('double already');
    expect(() => host.hyp.hypercalls.add(0x8400_0008, 'mine', () => PARK)).toThrow('SYSTEM_OFF');
    const guest = host.program(code(mov(0, 0xc600_0100), mov(1, 21), hvc(), add(5, 0, 0), OFF));
    host.hyp.run();
    expect(guest.x(5)).toBe(42n);
  });

  it('hello answers X1 + 1', () => {
    const host = new Host();
    const guest = host.program(code(mov(0, 0xc600_0000), mov(1, 0xffff_ffff), hvc(), add(5, 0, 0), OFF));
    host.hyp.run();
    expect(guest.x(5)).toBe(0x1_0000_0000n);
  });

  it('CPU_ON starts a second vCPU, CPU_OFF ends it, AFFINITY_INFO tells', () => {
    const host = new Host({ cpus: 2 });
    const SECOND = 0x4009_0000;
    const info = [...mov(0, 0xc400_0004), ...mov(1, 1), ...mov(2, 0), hvc()];
    const program = code(
      info,
      add(10, 0, 0),
      mov(0, 0xc400_0003),
      mov(1, 1),
      mov(2, SECOND),
      mov(3, 0x77),
      hvc(),
      add(11, 0, 0),
      // Waits until the second has written, then asks again until it is off.
      mov(4, 0x4200_0000),
      ldr(5, 4),
      a64.subs(6, 5, 0x77),
      a64.bne(-2),
      info,
      a64.subs(6, 0, 1),
      a64.bne(-6),
      mov(0, 0xc400_0003),
      mov(1, 5),
      hvc(),
      add(12, 0, 0),
      OFF,
    );
    const guest = host.program(program, { vcpus: 2 });
    guest.vm.writeBytes(SECOND, code(mov(4, 0x4200_0000), str(0, 4), mrs(5, 'MPIDR_EL1'), mov(0, 0x8400_0002), hvc()));
    expect(host.hyp.run({ maxInstructions: 1_000_000 })).toBe('ended');
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect([guest.x(10), guest.x(11)]).toEqual([1n, 0n]);
    expect(BigInt.asIntN(64, guest.x(12))).toBe(-2n);
    expect(guest.vm.vcpus[1].registers.x(5)).toBe(0x8000_0001n);
  });
});

describe('semihosting', () => {
  it('prints and exits with the guest’s code, from pages that nothing had touched', () => {
    const host = new Host();
    const guest = host.program(
      code(mov(0, 4), mov(1, 0x4200_0ffd), SEMIHOSTING, mov(0, 0x18), mov(1, 0x4300_0000), SEMIHOSTING, b(0)),
    );
    guest.vm.writeBytes(0x4200_0ffd, new TextEncoder().encode('two pages\0'));
    guest.vm.writeBytes(0x4300_0000, code(0x2_0026, 0, 42, 0));
    expect(host.hyp.run()).toBe('ended');
    expect(guest.console).toBe('two pages');
    expect(guest.vm.end).toEqual({ reason: 'exit', code: 42 });
  });

  it('has no memory where the VM has none', () => {
    const host = new Host();
    const guest = host.program(code(mov(0, 4), mov(1, UART), SEMIHOSTING, add(5, 0, 0), OFF));
    host.hyp.run();
    expect(guest.x(5)).toBe(2n ** 64n - 1n);
    expect(guest.vm.end).toEqual({ reason: 'off' });
  });
});

describe('waits', () => {
  it('WFI with nothing that could wake it ends the VM as stuck; others run on', () => {
    const host = new Host();
    const waiting = host.program(code(WFI, OFF));
    const busy = host.program(code(mov(1, 50_000), a64.subs(1, 1, 1), a64.bne(-1), OFF));
    expect(host.hyp.run()).toBe('ended');
    expect(waiting.vm.end).toEqual({ reason: 'stuck', what: 'vCPU 0 is in WFI' });
    expect(waiting.vm.vcpus[0].registers.pc).toBe(BigInt(ENTRY + 4));
    expect(busy.vm.end).toEqual({ reason: 'off' });
  });

  it('WFE gives the slice to another VM and goes on', () => {
    const host = new Host();
    // The first WFE takes the event that the return to the guest set.
    const guest = host.program(code(WFE, WFE, OFF));
    const other = host.program(code(OFF));
    expect(host.hyp.run()).toBe('ended');
    expect([guest.vm.end, other.vm.end]).toEqual([{ reason: 'off' }, { reason: 'off' }]);
    expect(guest.vm.stats.exits.wfx).toBe(1);
    expect(guest.vm.stats.worldSwitches).toBe(2);
  });
});

describe('system registers', () => {
  it('ID registers show a CPU without EL2; the rest of the ID space reads as zero', () => {
    const host = new Host();
    const guest = host.program(
      code(mrs(1, 'ID_AA64PFR0_EL1'), mrs(2, 'ID_AA64MMFR0_EL1'), mov(3, 9), mrs(3, 'S3_0_C0_C4_4'), OFF),
    );
    host.hyp.run();
    expect([guest.x(1), guest.x(2), guest.x(3)]).toEqual([0x11n, 0x1124n, 0n]);
    expect(guest.vm.stats.exits.sysreg).toBe(3);
  });

  it('a VM has no Performance Monitors', () => {
    const host = new Host();
    const guest = withVectors(host, code(SET_VECTORS, mrs(1, 'ID_AA64DFR0_EL1'), mrs(2, 'PMCR_EL0')));
    host.hyp.run();
    expect([guest.x(1), guest.x(20), guest.x(22)]).toEqual([0x1030_5006n, esr(EC.UNKNOWN, 0), BigInt(ENTRY + 12)]);
  });

  it('what TIDCP traps is UNDEFINED', () => {
    const host = new Host();
    const guest = withVectors(host, code(SET_VECTORS, 0xd518_bf00));
    host.hyp.run();
    expect(guest.x(20)).toBe(esr(EC.UNKNOWN, 0));
    expect(guest.x(22)).toBe(BigInt(ENTRY + 8));
    expect(guest.vm.end).toEqual({ reason: 'off' });
  });
});

/** A device that remembers what was done to it. */
class Probe implements Device {
  readonly name = 'probe';
  readonly log: string[] = [];
  read(offset: number, size: 1 | 2 | 4): number {
    this.log.push(`r${size} ${hex(offset)}`);
    return 0x8182_8384 + offset;
  }
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.log.push(`w${size} ${hex(offset)} ${hex(value)}`);
  }
}

describe('MMIO', () => {
  const PROBE = 0x0a00_0000;
  function probed(program: Uint8Array): { guest: TestVm; probe: Probe; host: Host } {
    const host = new Host();
    const guest = withVectors(host, program);
    const probe = new Probe();
    guest.vm.addDevice(PROBE, 0x1000, probe);
    host.hyp.run({ maxInstructions: 100_000 });
    return { guest, probe, host };
  }

  it('reads and writes in every size, extended as the instruction says', () => {
    const { guest, probe } = probed(
      code(
        mov(1, PROBE),
        mov(2, 0x8877),
        mov(3, 0x1122_3344_5566_7788n),
        strb(2, 1),
        str(3, 1),
        ldrsb(4, 1),
        ldrW(5, 1),
        ldr(6, 1),
        strb(31, 1),
        ldr(31, 1),
        OFF,
      ),
    );
    expect(probe.log).toEqual([
      'w1 0x0 0x77',
      'w4 0x0 0x55667788',
      'w4 0x4 0x11223344',
      'r1 0x0',
      'r4 0x0',
      'r4 0x0',
      'r4 0x4',
      'w1 0x0 0x0',
      'r4 0x0',
      'r4 0x4',
    ]);
    expect(guest.x(4)).toBe(0xffff_ffff_ffff_ff84n);
    expect(guest.x(5)).toBe(0x8182_8384n);
    expect(guest.x(6)).toBe(0x8182_8388_8182_8384n);
    expect(guest.vm.stats.mmio).toBe(7);
  });

  it('gives an external abort to an access without a syndrome, and says why', () => {
    const host = new Host();
    host.watch(CATEGORIES.s2fault);
    const guest = withVectors(host, code(SET_VECTORS, mov(1, UART), ldrPost(2, 1, 8)));
    host.hyp.run();
    expect(guest.x(20)).toBe(esr(EC.DATA_ABORT_SAME, 0x10));
    expect(guest.x(21)).toBe(BigInt(UART));
    expect(guest.x(1)).toBe(BigInt(UART));
    expect(host.events.at(-2)).toMatchObject({
      category: 's2fault',
      ipa: UART,
      access: 'read',
      kind: 'translation',
      action: expect.stringContaining('ISV = 0'),
    });
  });

  it('echoes what is typed', () => {
    const host = new Host();
    const guest = host.firmware('echo');
    host.hyp.run({ until: () => guest.console.includes('q ends\n') });
    expect(guest.vm.end).toBeUndefined();
    guest.vm.input(new TextEncoder().encode('abcq'));
    expect(host.hyp.run({ maxInstructions: 1_000_000 })).toBe('ended');
    expect(guest.console).toBe('echo: type, q ends\nabc\necho: end\n');
  });
});

describe('accesses to nothing', () => {
  it('a load aborts at EL1 with FAR, and so do a store and a fetch; the trace says why', () => {
    const host = new Host();
    host.watch(CATEGORIES.s2fault);
    const nowhere = 0x6000_0008;
    const load = withVectors(host, code(SET_VECTORS, mov(1, nowhere), ldr(2, 1)));
    const store = withVectors(host, code(SET_VECTORS, mov(1, nowhere), str(2, 1)));
    const fetch = withVectors(host, code(SET_VECTORS, mov(1, nowhere), a64.br(1)));
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    for (const guest of [load, store, fetch]) {
      expect(guest.vm.end).toEqual({ reason: 'off' });
      expect(guest.x(21)).toBe(BigInt(nowhere));
      expect(guest.x(23)).toBe(0x3c5n);
      expect(guest.vm.stats.injected).toBe(1);
    }
    expect(load.x(20)).toBe(esr(EC.DATA_ABORT_SAME, 0x10));
    expect(store.x(20)).toBe(esr(EC.DATA_ABORT_SAME, 0x50));
    expect(fetch.x(20)).toBe(esr(EC.INSTRUCTION_ABORT_SAME, 0x10));
    expect(fetch.x(22)).toBe(BigInt(nowhere));
    const told = host.events.flatMap((event) => ('ipa' in event && event.ipa === nowhere ? [event] : []));
    const action = 'external abort: no slot or device at this IPA';
    expect(told).toMatchObject(['read', 'write', 'execute'].map((access) => ({ access, action })));
    expect(load.x(22)).toBe(BigInt(ENTRY + 16));
  });

  it('a stage-1 table that is not there aborts at the level of the walk, with the VA in FAR', () => {
    const host = new Host();
    // T0SZ = 25: the walk starts at level 1. The level 1 table is there and points to a level 2 table that is not.
    const program = code(
      SET_VECTORS,
      mov(1, 0x4300_0000),
      msr('TTBR0_EL1', 1),
      mov(1, 0x80_3519),
      msr('TCR_EL1', 1),
      a64.ISB,
      mov(1, 0x30d0_0801),
      mov(2, VECTORS + 0x200),
      msr('SCTLR_EL1', 1),
      a64.ISB,
    );
    const guest = withVectors(host, program);
    guest.vm.writeBytes(0x4300_0000, code(0x6000_0003, 0, 0x4000_0401, 0));
    // The program itself is not mapped by that: identity map its GiB (entry 1) and touch entry 0.
    guest.vm.writeBytes(ENTRY + program.length, code(mov(3, 0x1238), ldr(4, 3)));
    host.hyp.run({ maxInstructions: 100_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.x(20)).toBe(esr(EC.DATA_ABORT_SAME, 0x16));
    expect(guest.x(21)).toBe(0x1238n);
    expect(guest.vm.stats.stage2Faults.onTableWalk).toBeGreaterThanOrEqual(2);
  });

  it('a write to a read-only slot aborts, a read does not', () => {
    const host = new Host();
    const ROM = 0x5000_0000;
    const guest = withVectors(host, code(SET_VECTORS, mov(1, ROM), ldr(2, 1), str(2, 1)));
    guest.vm.addSlot({ ipa: ROM, bytes: 0x1000, readOnly: true, image: code(0x1234_5678, 0x9abc_def0) });
    host.hyp.run();
    expect(guest.x(2)).toBe(0x9abc_def0_1234_5678n);
    expect(guest.x(20)).toBe(esr(EC.DATA_ABORT_SAME, 0x50));
    expect(guest.vm.stats.stage2Faults).toMatchObject({ permission: 1 });
    expect(guest.word(ROM)).toBe(0x9abc_def0_1234_5678n);
  });

  it.each([
    ['set where SCTLR_EL1.SPAN is clear', 0, 0x3050_0800, true],
    ['kept where SCTLR_EL1.SPAN is set', 1, 0x30d0_0800, true],
    ['clear where it was clear and SCTLR_EL1.SPAN is set', 0, 0x30d0_0800, false],
  ])('PSTATE.PAN of the abort is %s', (_how, pan, sctlr, expected) => {
    const host = new Host({ model: cpuModel('max') as CpuModel });
    // MSR PAN, #imm.
    const setPan = 0xd500_409f | (pan << 8);
    const program = [mov(1, sctlr >>> 0), msr('SCTLR_EL1', 1), setPan >>> 0, mov(1, 0x6000_0000), ldr(2, 1)];
    const guest = host.program(code(SET_VECTORS, ...program));
    guest.vm.writeBytes(VECTORS + 0x200, code(mrs(20, 'PAN'), mrs(21, 'SPSR_EL1'), OFF));
    host.hyp.run({ maxInstructions: 10_000 });
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.x(20)).toBe(expected ? 1n << 22n : 0n);
    expect((guest.x(21) >> 22n) & 1n).toBe(BigInt(pan));
  });

  it('cache maintenance of nothing is skipped', () => {
    const host = new Host();
    const guest = withVectors(host, code(SET_VECTORS, mov(1, 0x6000_0000), a64.sys('DC CIVAC', 1), mov(5, 5), OFF));
    host.hyp.run();
    expect(guest.x(5)).toBe(5n);
    expect(guest.vm.stats.injected).toBe(0);
  });

  it('the machine’s own memory and devices are not there', () => {
    const host = new Host();
    const guest = withVectors(host, code(SET_VECTORS, mov(1, RAM.base + 0x1000), str(1, 1)));
    host.hyp.run();
    expect(guest.x(21)).toBe(BigInt(RAM.base + 0x1000));
    expect(guest.vm.stats.injected).toBe(1);
  });
});

describe('what cannot go on', () => {
  it.each([
    ['VBAR where there is no memory', code(mov(0, 0x6000_0000), msr('VBAR_EL1', 0), 0)],
    ['UDF vectors', code(mov(0, VECTORS), msr('VBAR_EL1', 0), 0)],
  ])('a vector entry that faults to itself is stuck: %s', (_name, program) => {
    const host = new Host();
    const guest = host.program(program);
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toMatchObject({ reason: 'stuck', what: expect.stringContaining('fault') });
  });

  it('the firmware guest that is stuck ends', () => {
    const host = new Host();
    const guest = host.firmware('stuck');
    expect(host.hyp.run({ maxInstructions: 100_000 })).toBe('ended');
    expect(guest.vm.end).toMatchObject({ reason: 'stuck' });
  });
});

describe('time', () => {
  it('each exit costs its price', () => {
    const host = new Host();
    const guest = host.program(code(OFF));
    host.hyp.run();
    const exits = guest.vm.stats.totalExits;
    expect(exits).toBe(2);
    expect(host.system.cpus[0].now()).toBe(host.system.instructions + exits * EXIT_NS);
  });
});

describe('traces', () => {
  it('tell each exit, entry and stage-2 fault', () => {
    const host = new Host();
    host.watch(CATEGORIES.hyp | CATEGORIES.s2fault);
    host.program(code(mov(1, 0x4200_0000), str(1, 1), OFF), { name: 'traced' });
    host.hyp.run();
    expect(host.events).toMatchObject([
      { type: 'exit', vm: 'traced', vcpu: 0, text: expect.stringContaining('Instruction Abort') },
      { category: 's2fault', ipa: ENTRY, access: 'execute', level: 1, action: 'mapped to PA 0x80002000' },
      { type: 'entry', text: 'to VA 0x0000000040080000' },
      { type: 'exit', text: expect.stringContaining('Data Abort') },
      {
        category: 's2fault',
        ipa: 0x4200_0000,
        access: 'write',
        kind: 'translation',
        level: 2,
        action: 'mapped to PA 0x80005000',
      },
      { type: 'entry' },
      { type: 'exit', text: expect.stringContaining('HVC') },
      { type: 'note', text: 'hypercall 0x84000008 SYSTEM_OFF' },
    ]);
  });
});
