/** The registers that a world switch moves: all that a guest can see, and none of the machine. */

import { describe, expect, it } from 'vitest';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { Q, R, type Slot, SP, slotName, slotType, X } from '../../src/cpu/slots.ts';
import { CpuState } from '../../src/cpu/state.ts';
import { VcpuRegisters } from '../../src/hyp/vcpu-registers.ts';
import { code, hvc, ISB, mov, mrs, msr, OFF, str } from './a64.ts';
import { Host } from './harness.ts';

/** State of a vCPU that EL2 sees in registers of its own: PC and PSTATE are in ELR_EL2 and SPSR_EL2. */
const OF_EL2 = new Set(['ELR_EL2', 'SPSR_EL2', 'HCR_EL2', 'VPIDR_EL2', 'VMPIDR_EL2', 'CNTVOFF_EL2']);
/** Registers that are the machine's, with its Performance Monitors; all others below EL2 belong to the vCPU. */
const MACHINE = new Set(['MIDR_EL1', 'MPIDR_EL1', 'CNTFRQ_EL0']);
const isMoved = (name: string): boolean => OF_EL2.has(name) || !(MACHINE.has(name) || /_EL2$|^PM/.test(name));
/** The slots of architectural registers; PSTATE and what the engine has besides are not meant. */
const SLOTS: readonly Slot[] = [...X, ...SP, ...Q, ...Object.values(R)];
const BYTES = { i32: 4, i64: 8, v128: 16 };

describe('a world switch', () => {
  it('moves every register of a vCPU, and no other', () => {
    const cpu = new CpuState(new HostMemory());
    const bytesOf = (slot: Slot): Uint8Array =>
      cpu.memory.u8.subarray(cpu.base + slot, cpu.base + slot + BYTES[slotType(slot) ?? 'i32']);
    const fill = (seed: number): void => {
      for (const slot of SLOTS) {
        const bytes = bytesOf(slot);
        bytes.set(bytes.map((_, i) => seed + slot * 7 + i));
      }
    };
    const [a, b] = [new VcpuRegisters(), new VcpuRegisters()];
    a.load(cpu);
    fill(1);
    const ofA = new Map(SLOTS.map((slot) => [slot, bytesOf(slot).slice()]));
    a.save();
    b.load(cpu);
    fill(101);
    const ofB = new Map(SLOTS.map((slot) => [slot, bytesOf(slot).slice()]));
    b.save();
    a.load(cpu);
    const moved = SLOTS.filter((slot) => isMoved(slotName(slot)));
    expect(moved).toContain(R.FPSR);
    for (const slot of SLOTS) {
      const expected = isMoved(slotName(slot)) ? ofA : ofB;
      expect([slotName(slot), bytesOf(slot)]).toEqual([slotName(slot), expected.get(slot)]);
    }
  });

  it('leaves registers that are not the vCPU’s own to the machine, in a CPU and out of it', () => {
    const registers = new VcpuRegisters();
    expect(() => registers.get(R.MPIDR_EL1)).toThrow('no register of a vCPU');
    registers.load(new CpuState(new HostMemory()));
    expect(() => registers.get(R.MPIDR_EL1)).toThrow('no register of a vCPU');
    expect(() => registers.set64(R.VTTBR_EL2, 0, 0)).toThrow('no register of a vCPU');
  });
});

/** Registers that a guest with its MMU off may hold anything in. */
const NAMES = [
  ...['TPIDR_EL0', 'TPIDRRO_EL0', 'TPIDR_EL1', 'CONTEXTIDR_EL1', 'TTBR0_EL1', 'TTBR1_EL1', 'MAIR_EL1', 'TCR_EL1'],
  ...['VBAR_EL1', 'ESR_EL1', 'FAR_EL1', 'ELR_EL1', 'SPSR_EL1', 'PAR_EL1', 'SP_EL0', 'CSSELR_EL1'],
  ...['CNTKCTL_EL1', 'CNTP_CVAL_EL0', 'CNTV_CVAL_EL0', 'MDSCR_EL1'],
];
/** MSR and MRS of each by X4, and of FPCR and FPSR. */
const WRITES = [...NAMES.map((name) => msr(name, 4)), 0xd51b_4404, 0xd51b_4424];
const READS = [...NAMES.map((name) => mrs(4, name)), 0xd53b_4404, 0xd53b_4424];
const AT = 0x4200_0000;
/** Where the dump of these, X5 to X30 and NZCV ends, and that of V0 to V31 begins. */
const VECTORS_AT = 0x800;
const DUMP_BYTES = VECTORS_AT + 32 * 16;
/** Stores all of these, X5 to X30, NZCV, and V0 to V31. */
const dump = (at: number): number[] => [
  ...mov(3, at),
  ...READS.flatMap((read, i) => [read, strAt(4, 3, i)]),
  ...Array.from({ length: 26 }, (_, i) => strAt(i + 5, 3, READS.length + i)),
  ...[mrs(4, 'NZCV'), strAt(4, 3, READS.length + 26)],
  ...Array.from({ length: 32 }, (_, i) => strQ(i, 3, VECTORS_AT / 16 + i)),
];
/** STR (immediate, unsigned offset). */
const strAt = (rt: number, rn: number, imm12: number): number => (str(rt, rn) | (imm12 << 10)) >>> 0;
/** STR (immediate, SIMD&FP) of 128 bits; DUP (general) to both halves of Vd. */
const strQ = (rt: number, rn: number, imm12: number): number => (0x3d80_0000 | (imm12 << 10) | (rn << 5) | rt) >>> 0;
const dup = (rd: number, rn: number): number => (0x4e08_0c00 | (rn << 5) | rd) >>> 0;
/** CPACR_EL1.FPEN. */
const FP_ON = [...mov(4, 3 << 20), msr('CPACR_EL1', 4), ISB];

describe.each(['interp', 'jit', 'auto'] as const)('engine %s:', (engine) => {
  it.each([1, 2])('guests keep their registers through the runs of others, on %i CPUs', (cpus) => {
    const host = new Host({ engine, cpus, gic: true });
    const guests = [0x1111_2222_3333_4444n, 0xeeee_dddd_cccc_bbbbn, 0x5a5a_a5a5_0ff0_f00fn].map((pattern, id) => {
      const set = [
        ...[...mov(4, pattern), ...WRITES, msr('NZCV', 4)],
        ...Array.from({ length: 26 }, (_, i) => mov(i + 5, pattern + BigInt(i * (id + 1)))).flat(),
        ...Array.from({ length: 32 }, (_, i) => [...mov(4, pattern ^ BigInt(i)), dup(i, 4)]).flat(),
      ];
      const yields = [...mov(0, 0xc600_0001), hvc(), ...mov(0, 0xc600_0001), hvc()];
      return host.program(code(FP_ON, set, dump(AT), yields, dump(AT + 0x1000), OFF), { name: `g${id}` });
    });
    host.hyp.run({ maxInstructions: 100_000 });
    const before = guests.map(({ vm }) => vm.readBytes(AT, DUMP_BYTES));
    expect(new Set(before.map(String)).size).toBe(3);
    for (const [i, { vm }] of guests.entries()) {
      expect(vm.end).toEqual({ reason: 'off' });
      expect(vm.stats.worldSwitches).toBeGreaterThan(1);
      expect(vm.readBytes(AT + 0x1000, DUMP_BYTES)).toEqual(before[i]);
    }
  });
});
