/** Behaviours 1, 3 and 7 on a whole machine: GIC, timers and the routing of interrupts. */

import { describe, expect, it } from 'vitest';
import { type Assembler, type Label, ZR } from '../../cpu/engine/assembler.ts';
import {
  EL1_CODE,
  ENGINES,
  enableInterrupts,
  enterEl1,
  fireTimer,
  GICC,
  GICD,
  GICH,
  GICV,
  Guest,
  HCR_RW,
  load,
  off,
  store,
  TIMER_HYP,
  TIMER_VIRT,
} from '../guest.ts';

const [HCR_IMO, HCR_VI] = [1n << 4n, 1n << 7n];
const [ISACTIVER, ICACTIVER] = [GICD + 0x300, GICD + 0x380];
const [IAR, EOIR, RPR, DIR] = [0x0c, 0x10, 0x14, 0x1000];
const EOI_MODE = 1 << 9;
const [IDLE, SPURIOUS] = [0xff, 1023];
const VIRT_BIT = 2 ** TIMER_VIRT;
const COUNT = 10;

/** Physical interrupts go to EL2, which masks them until the code says otherwise. */
function setUp(a: Assembler, intids: readonly number[], giccCtlr: number): void {
  a.msrConst('HCR_EL2', HCR_RW | HCR_IMO);
  enableInterrupts(a, intids, giccCtlr);
}
/** Acknowledges at the interface at `base` into X5 and ends it there. */
const acknowledge = (a: Assembler, base: number): Assembler => load(a, 5, base + IAR).str(5, 29, EOIR - IAR, 'w');
const quietTimer = (a: Assembler): Assembler => a.msr('CNTV_CTL_EL0', ZR);

describe.each(ENGINES)('1. GIC, %s', (engine) => {
  it('ISACTIVER and ICACTIVER gate delivery', () => {
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        setUp(a, [TIMER_VIRT], 1);
        fireTimer(store(a, ISACTIVER, VIRT_BIT), 'CNTV')
          .daifclr(2)
          .nop()
          .movr(11, COUNT);
        store(a, ICACTIVER, VIRT_BIT).nop().movr(12, COUNT);
        off(a);
      },
      { sameIrq: (a) => quietTimer(acknowledge(a.add(COUNT, COUNT, 1), GICC)).eret() },
    );
    guest.run();
    expect([guest.n(11), guest.n(12), guest.n(5)]).toEqual([0, 1, TIMER_VIRT]);
  });

  it('a list register with HW deactivates the physical interrupt', () => {
    const LIST_REGISTER = 0x9800_0000 + (TIMER_VIRT << 10) + TIMER_VIRT;
    const [PHYSICAL, VIRTUAL] = [10, 11];
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        setUp(a, [TIMER_VIRT], 1 | EOI_MODE);
        store(a, GICH, 1);
        enterEl1(fireTimer(a, 'CNTV'));
      },
      {
        lowerIrq: (a) => store(acknowledge(a.add(PHYSICAL, PHYSICAL, 1), GICC), GICH + 0x100, LIST_REGISTER).eret(),
        lowerSync: (a) => off(load(a, 12, ISACTIVER)),
      },
    );
    guest.el1(
      (a) => {
        store(a, GICV + 4, 0xff);
        store(a, GICV, 1).daifclr(2);
        const top = a.place();
        a.cmp(VIRTUAL, 3).bc('ne', top).hvc();
      },
      {
        // The next timer interrupt is due 1.6 microseconds later; its line stays high until here.
        sameIrq: (a) => {
          a.add(VIRTUAL, VIRTUAL, 1).nop().nop();
          a.mrs(1, 'CNTVCT_EL0').add(1, 1, 100).msr('CNTV_CVAL_EL0', 1);
          acknowledge(a, GICV).eret();
        },
      },
    );
    guest.run();
    expect([guest.n(PHYSICAL), guest.n(VIRTUAL), guest.n(12)]).toEqual([3, 3, 0]);
  });

  it('EOImode with DIR', () => {
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        setUp(a, [TIMER_VIRT], 1 | EOI_MODE);
        fireTimer(a, 'CNTV').daifclr(2).nop();
        off(a);
      },
      {
        sameIrq: (a) => {
          // The priority has dropped, the interrupt is still active: its line, still high, asks for nothing.
          acknowledge(a.add(COUNT, COUNT, 1), GICC)
            .ldr(11, 29, RPR - IAR, 'w')
            .mrs(2, 'ELR_EL2');
          load(a.daifclr(2).nop().daifset(2), 12, ISACTIVER);
          quietTimer(a).mov(1, GICC).str(5, 1, DIR, 'w').ldr(13, 29, 0, 'w').msr('ELR_EL2', 2).eret();
        },
      },
    );
    guest.run();
    expect([11, 12, 13, COUNT].map((n) => guest.n(n))).toEqual([IDLE, VIRT_BIT, 0, 1]);
  });
});

describe.each(ENGINES)('3. With HCR.IMO, %s', (engine) => {
  it('a physical IRQ ignores PSTATE.I below EL2; a virtual one obeys it', () => {
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        setUp(a, [TIMER_HYP], 1);
        enterEl1(fireTimer(a, 'CNTHP'));
      },
      {
        lowerIrq: (a) => {
          a.add(COUNT, COUNT, 1).mrs(11, 'ELR_EL2').mrs(12, 'SPSR_EL2').msr('CNTHP_CTL_EL2', ZR);
          a.msrConst('HCR_EL2', HCR_RW | HCR_IMO | HCR_VI).eret();
        },
      },
    );
    let unmasked: Label | undefined;
    const el1 = guest.el1(
      (a) => {
        a.nop().nop().add(13, 13, 1).daifclr(2);
        unmasked = a.place();
        a.add(13, 13, 1).hvc();
      },
      { sameIrq: (a) => a.mrs(14, 'ELR_EL1').hvc() },
    );
    guest.run();
    expect([guest.n(COUNT), guest.n(11), guest.n(12) & 0x80]).toEqual([1, EL1_CODE, 0x80]);
    expect([guest.n(13), guest.n(14)]).toEqual([1, el1.va(unmasked as Label)]);
  });
});

describe.each(ENGINES)('7. %s', (engine) => {
  it('WFI wakes on masked interrupts', () => {
    const guest = new Guest(engine);
    guest.el2(
      (a) => {
        setUp(a, [TIMER_VIRT], 1);
        a.mrs(11, 'CNTVCT_EL0').add(11, 11, 1000).msr('CNTV_CVAL_EL0', 11).msrConst('CNTV_CTL_EL0', 1);
        a.wfi().mrs(12, 'CNTVCT_EL0');
        off(a);
      },
      { sameIrq: (a) => quietTimer(a.add(COUNT, COUNT, 1)).eret() },
    );
    guest.run();
    expect(guest.n(COUNT)).toBe(0);
    expect(guest.n(12) - guest.n(11)).toBeGreaterThanOrEqual(0);
    expect(guest.n(12) - guest.n(11)).toBeLessThan(100);
  });

  it('timer lines are levels', () => {
    const guest = new Guest(engine);
    guest.el2((a) => {
      setUp(a, [TIMER_VIRT], 1);
      acknowledge(fireTimer(a, 'CNTV'), GICC).movr(11, 5);
      acknowledge(a, GICC).movr(12, 5);
      load(quietTimer(a).isb(), 13, GICC + IAR);
      off(a);
    });
    guest.run();
    expect([11, 12, 13].map((n) => guest.n(n))).toEqual([TIMER_VIRT, TIMER_VIRT, SPURIOUS]);
  });
});
