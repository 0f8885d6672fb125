/** Hypervisors that put reserved and contradicting values into the registers of EL2: what silicon does, and nothing throws. */

import { describe, expect, it } from 'vitest';
import { va } from '../../src/arch/addresses.ts';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { explain } from '../../src/debug/translate.ts';
import { RAM_BASE, VIRT_MAP } from '../../src/machine/virt-map.ts';
import { ZR } from '../cpu/engine/assembler.ts';
import { Prng } from '../vectors/prng.ts';
import { DATA, ENGINES, enterEl1, Guest, off } from './guest.ts';
import { HCR_VM, stage1, stage1OfEl2, stage2 } from './tables.ts';
import { aborted, underStage2 } from './under-stage2.ts';

/** An IPA that is not mapped. */
const PAGE = RAM_BASE + 0x1000_0000;

describe.each(ENGINES)('VTCR_EL2 that contradicts itself, %s', (engine) => {
  const [SL0, TG0, PS] = [6n, 14n, 16n];
  const vtcr = (t0sz: bigint, sl0: bigint, more = 0n): bigint => 0x8000_0000n | t0sz | (sl0 << SL0) | (2n << PS) | more;
  const [NO_WALK, HVC] = [0x8200_0004, 0x5a00_0000];

  it.each([
    ['a start level that the input size does not have', vtcr(16n, 0n), NO_WALK],
    ['an input size that the start level does not reach', vtcr(25n, 0n), NO_WALK],
    ['a reserved start level', vtcr(25n, 3n), NO_WALK],
    ['an input size above the PA size', vtcr(12n, 2n), NO_WALK],
    ['an input size below the least', vtcr(63n, 1n), NO_WALK],
    ['a reserved granule, which is 4K', vtcr(25n, 1n, 3n << TG0), HVC],
    ['a granule that the model has not, which is 4K', vtcr(25n, 1n, 2n << TG0), HVC],
    ['a reserved output size, which is the largest', vtcr(25n, 1n, 7n << PS), HVC],
    ['bits that are RES0', vtcr(25n, 1n, 0xffff_ffff_3fe0_0000n), HVC],
  ])('%s', (_title, value, esr) => {
    const guest = underStage2(engine, (_guest, _root, a) => void a.msrConst('VTCR_EL2', value).isb());
    guest.el1((a) => void a.hvc());
    guest.run();
    expect(guest.n(10)).toBe(esr);
    const { fault } = explain(guest.machine.cpu(), va(BigInt(PAGE)), 'read', 1);
    if (esr === NO_WALK) expect(fault).toContain('stage 2 translation fault, level 0');
  });
});

describe.each(ENGINES)('HCR_EL2 with every bit set, %s', (engine) => {
  it.each([
    ['cortex-a57', 0x3_ffff_ffffn],
    ['max', 0x7_ffff_ffffn],
  ] as const)('%s: what is RES0 stays 0, and TGE makes the return to EL1 illegal', (cpu, kept) => {
    const guest = new Guest(engine, { cpu });
    guest.el2(
      (a) => {
        stage1OfEl2(guest, a);
        stage2(guest, a);
        a.msrConst('HCR_EL2', -1n).isb().mrs(12, 'HCR_EL2');
        enterEl1(a);
      },
      { sameSync: (a) => void aborted(a, 2) },
    );
    guest.el1((a) => void a.nop());
    guest.run();
    // Illegal Execution state.
    expect([guest.x(12), guest.n(10)]).toEqual([kept, 0x3a00_0000]);
  });
});

describe('any registers of EL2', () => {
  const SEEDS = 15;
  /** Exceptions to EL2 after which a guest ends. */
  const MAX_EXITS = 200;
  const HCR_TGE = 1n << 27n;
  const TREES = [RAM_BASE + 0x10_0000, DATA, PAGE, 0, VIRT_MAP.uart.base, VIRT_MAP.flash1.base, 2 ** 41, 2 ** 46];
  const ANY = ['CPTR_EL2', 'MDCR_EL2', 'HSTR_EL2', 'CNTHCTL_EL2', 'SCTLR_EL1', 'TCR_EL1', 'VMPIDR_EL2'];

  /** Registers in the order in which EL2 writes them. */
  function writes(prng: Prng): [name: string, value: bigint][] {
    const some: [string, bigint][] = ANY.filter(() => prng.chance(30)).map((name) => [name, prng.u64()]);
    const tree = BigInt(prng.pick(TREES)) | (prng.u64() & 0xffff_0000_0000_0fffn);
    if (prng.chance(50)) some.push(['VTTBR_EL2', tree]);
    if (prng.chance(50)) some.push(['VTCR_EL2', prng.u64()]);
    // Stage 2 is mostly on; TGE would make the return to EL1 illegal. With E2H, names of EL1 mean registers of EL2 behind it.
    const hcr = (prng.u64() & prng.u64() & ~HCR_TGE) | (prng.chance(75) ? HCR_VM : 0n);
    some.splice(prng.below(some.length + 1), 0, ['HCR_EL2', hcr]);
    return some;
  }

  /** How a run under such registers ended, the X registers, and the count of instructions. */
  function outcome(engine: EngineMode, cpu: 'cortex-a57' | 'max', seed: number) {
    const prng = new Prng(seed);
    const guest = new Guest(engine, { cpu });
    guest.el2(
      (a) => {
        stage1(guest, a);
        if (prng.chance(50)) stage1OfEl2(guest, a);
        stage2(guest, a);
        for (const [name, value] of writes(prng)) a.msrConst(name, value);
        enterEl1(a.isb().mov(9, 0));
      },
      {
        // What trapped is left out, and told by X9 to X12.
        lowerSync: (a) => {
          const end = a.label();
          a.add(9, 9, 1).mov(8, MAX_EXITS).subsr(8, 8, 9).cbz(8, end);
          a.mrs(7, 'ESR_EL2').addr(10, 10, 7).mrs(7, 'FAR_EL2').addr(11, 11, 7).mrs(7, 'HPFAR_EL2').addr(12, 12, 7);
          a.mrs(7, 'ELR_EL2').add(7, 7, 4).msr('ELR_EL2', 7).eret().place(end);
          off(a);
        },
        lowerIrq: off,
        sameSync: off,
      },
    );
    guest.el1(
      (a) => {
        a.mov(1, DATA)
          .mov(2, PAGE)
          .mov(6, VIRT_MAP.uart.base + 0x18);
        const loop = a.place();
        a.ldr(3, 1).str(3, 1, 8).ldr(3, 2).str(3, 2, 8).ldr(4, 6, 0, 'w').ldxr(5, 1).stxr(5, 3, 1).svc().hvc();
        a.mrs(3, 'TTBR0_EL1').msr('TTBR0_EL1', 3).mrs(3, 'ID_AA64MMFR0_EL1').mrs(3, 'CNTVCT_EL0');
        a.msr('TLBI VMALLE1', ZR).dsb().isb().wfe().b(loop);
      },
      { sameSync: (a) => a.mrs(7, 'ELR_EL1').add(7, 7, 4).msr('ELR_EL1', 7).eret() },
    );
    const { reason } = guest.machine.run({ maxInstructions: 20_000 });
    return { reason, x: Array.from({ length: 31 }, (_, n) => guest.x(n)), count: guest.machine.system.instructions };
  }

  it.each(['cortex-a57', 'max'] as const)('%s: nothing throws, and the engines agree', (cpu) => {
    const exits: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const expected = outcome('interp', cpu, seed);
      exits.push(Number(expected.x[9]));
      for (const engine of ['jit', 'auto'] as const)
        expect([seed, outcome(engine, cpu, seed)]).toEqual([seed, expected]);
    }
    // Some guests get on, by traps or without.
    expect(exits).toContain(MAX_EXITS);
    expect(exits).toContain(0);
  });
});
