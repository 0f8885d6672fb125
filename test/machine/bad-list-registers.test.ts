/**
 * Hypervisors that write impossible states into list registers, of a GICv2 and of a GICv3: the guest gets what the manual
 * leaves possible, the same in every engine, and nothing throws.
 */

import { describe, expect, it } from 'vitest';
import type { EngineMode } from '../../src/cpu/engine/engine.ts';
import { Prng } from '../vectors/prng.ts';
import { ENGINES, enterEl1, GICH, GICV, Guest, HCR_RW, load, off, store } from './guest.ts';

const LRS = 4;
/** HCR_EL2.FMO and IMO. */
const [VIRTUAL_FIQ, VIRTUAL_IRQ] = [1n << 3n, 1n << 4n];
const ROUNDS = 6;
/** What acknowledging gives when there is nothing. */
const NONE = 1023;

/** What a run left: the sum of all that the guest acknowledged, ISR_EL1, and the list registers. */
interface Outcome {
  readonly seen: number;
  readonly isr: number;
  readonly lrs: readonly (bigint | number | undefined)[];
}

/** Acknowledged `times`, with the sum `seen`, and nothing in all other rounds. */
const total = (seen: number, times: number): number => seen + (2 * ROUNDS - times) * NONE;

describe('of a GICv2', () => {
  const [HCR, LR0] = [GICH, GICH + 0x100];

  function outcome(engine: EngineMode, values: readonly number[]): Outcome {
    const guest = new Guest(engine);
    guest.el2((a) => {
      for (const [n, value] of values.entries()) store(a, LR0 + 4 * n, value);
      store(a, HCR, 0x7f);
      a.msrConst('HCR_EL2', HCR_RW | VIRTUAL_IRQ);
      enterEl1(a);
    });
    guest.el1((a) => {
      store(a, GICV + 4, 0xff);
      store(a, GICV, 0x1f);
      a.mov(20, 0);
      for (let i = 0; i < ROUNDS; i++) {
        // Acknowledge, as an alias too, what is there; end it and deactivate it whatever it is.
        for (const iar of [0x0c, 0x20])
          load(a, 21, GICV + iar)
            .addr(20, 20, 21)
            .str(21, 29, 4, 'w');
        a.mov(29, GICV + 0x1000).str(21, 29, 0, 'w');
      }
      a.mrs(22, 'ISR_EL1');
      off(a);
    });
    guest.run();
    const { bus } = guest.machine.system;
    const lr = (n: number) => bus.deviceAt(LR0)?.device.read(LR0 - GICH + 4 * n, 4, 0);
    return { seen: guest.n(20), isr: guest.n(22), lrs: Array.from({ length: LRS }, (_, n) => lr(n)) };
  }

  const pending = (intid: number, more = 0) => (0x1000_0000 | more | intid) >>> 0;
  const [HW, ACTIVE, GROUP1] = [0x8000_0000, 0x2000_0000, 0x4000_0000];
  it.each<[string, number[], seen: number, times: number]>([
    ['one virtual INTID in all of them', [40, 40, 40, 40].map((id) => pending(id)), 160, 4],
    ['pending and active, by hardware', [pending(41, HW | ACTIVE | (60 << 10))], 0, 0],
    ['a physical INTID that no board has', [pending(42, HW | (1019 << 10)), pending(43, HW | (1023 << 10))], 85, 2],
    ['a hardware SGI', [pending(3, HW | (2 << 10))], 3, 1],
    ['reserved virtual INTIDs', [pending(1020), pending(1023, GROUP1), pending(1021, ACTIVE)], 1020, 1],
    ['software interrupts with EOI and CPU ID', [pending(44, 0xf << 10), pending(5, 0x7 << 10)], 7217, 2],
  ])('%s: the same in every engine', (_title, values, seen, times) => {
    const expected = outcome('interp', values);
    expect(expected.seen).toBe(total(seen, times));
    for (const engine of ENGINES) expect(outcome(engine, values)).toEqual(expected);
  });

  it('any values', () => {
    const prng = new Prng(7);
    for (let i = 0; i < 30; i++) {
      const values = Array.from({ length: LRS }, () => prng.u32());
      expect(outcome('auto', values)).toEqual(outcome('interp', values));
    }
  });
});

describe('of a GICv3', () => {
  /** What EL2 writes besides the list registers. */
  interface Interface {
    readonly hcr: number;
    readonly vmcr: number;
    readonly activePriorities: number;
  }
  /** The interface with all maintenance interrupts; both groups, EOImode, the lowest priority mask. */
  const USUAL: Interface = { hcr: 0xff, vmcr: 0xff00_0203, activePriorities: 0 };

  function outcome(engine: EngineMode, values: readonly bigint[], { hcr, vmcr, activePriorities } = USUAL): Outcome {
    const guest = new Guest(engine, { gicVersion: 3 });
    guest.el2(
      (a) => {
        for (const [n, value] of values.entries()) a.msrConst(`ICH_LR${n}_EL2`, value);
        a.msrConst('ICH_AP0R0_EL2', activePriorities).msrConst('ICH_AP1R0_EL2', activePriorities);
        a.msrConst('ICH_VMCR_EL2', vmcr).msrConst('ICH_HCR_EL2', hcr);
        a.msrConst('HCR_EL2', HCR_RW | VIRTUAL_IRQ | VIRTUAL_FIQ).isb();
        enterEl1(a.mov(9, 0));
      },
      {
        // What ICH_HCR_EL2 traps is left out; X9 tells the guest's end.
        lowerSync: (a) => {
          const end = a.label();
          a.cbnz(9, end).mrs(24, 'ELR_EL2').add(24, 24, 4).msr('ELR_EL2', 24).eret().place(end);
          for (let n = 0; n < LRS; n++) a.mrs(10 + n, `ICH_LR${n}_EL2`);
          off(a.mrs(14, 'ICH_MISR_EL2').mrs(15, 'ICH_HCR_EL2').mrs(16, 'ICH_ELRSR_EL2'));
        },
      },
    );
    guest.el1((a) => {
      a.mov(20, 0).mov(21, 0);
      for (let i = 0; i < ROUNDS; i++) {
        for (const group of [1, 0])
          a.mrs(21, `ICC_IAR${group}_EL1`).addr(20, 20, 21).msr(`ICC_EOIR${group}_EL1`, 21).msr('ICC_DIR_EL1', 21);
      }
      a.mrs(22, 'ISR_EL1').mov(9, 1).hvc();
    });
    guest.run();
    return { seen: guest.n(20), isr: guest.n(22), lrs: [10, 11, 12, 13, 14, 15, 16].map((n) => guest.x(n)) };
  }

  const [PENDING, ACTIVE, HW, GROUP1] = [1n << 62n, 1n << 63n, 1n << 61n, 1n << 60n];
  const pending = (intid: number, more = GROUP1, physical = 0) =>
    PENDING | more | (BigInt(physical) << 32n) | BigInt(intid);
  it.each<[string, bigint[], seen: number, times: number]>([
    ['one virtual INTID in all of them', [40, 40, 40, 40].map((id) => pending(id)), 160, 4],
    ['pending and active, by hardware', [pending(41, GROUP1 | HW | ACTIVE, 60)], 0, 0],
    ['a physical INTID that no board has', [pending(42, HW, 1019), pending(43, GROUP1 | HW, 8191)], 85, 2],
    ['a hardware SGI', [pending(3, GROUP1 | HW, 2)], 3, 1],
    ['special virtual INTIDs', [pending(1020), pending(1023, 0n), pending(1021, ACTIVE)], 1020 + 1023, 2],
    ['virtual INTIDs of 24 bits', [pending(0xff_ffff), pending(8192, 0n)], 0xff_ffff + 8192, 2],
  ])('%s: the same in every engine', (_title, values, seen, times) => {
    const expected = outcome('interp', values);
    expect(expected.seen).toBe(total(seen, times));
    for (const engine of ENGINES) expect(outcome(engine, values)).toEqual(expected);
  });

  it('any values, with any state of the interface', () => {
    const prng = new Prng(8);
    for (let i = 0; i < 30; i++) {
      const values = Array.from({ length: LRS }, () => prng.u64());
      const more = { hcr: prng.u32() | 1, vmcr: prng.u32(), activePriorities: prng.u32() };
      expect(outcome('auto', values, more)).toEqual(outcome('interp', values, more));
    }
  });
});
