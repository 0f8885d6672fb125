/** Behaviours 2, 5 and 10 on a whole machine: whose tables translate, what the TLB keeps, and code that changes. */

import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../../src/machine/virt-map.ts';
import { Assembler } from '../../cpu/engine/assembler.ts';
import { DATA, ENGINES, enterEl1, Guest, off } from '../guest.ts';
import {
  entryFor,
  LEAF,
  mapPage,
  page,
  READ_ONLY,
  SCTLR_EL1_OFF,
  STAGE2_LEAF,
  stage1,
  stage1OfEl2,
  stage2,
} from '../tables.ts';

/** A VA that only the tests map. */
const PAGE = RAM_BASE + 0x1000_0000;
const PAR_ADDRESS = 0xffff_ffff_f001;

describe.each(ENGINES)('2. %s', (engine) => {
  it("AT S1E1R from EL2 uses the guest's EL1 regime, also with stage 1 off", () => {
    const guest = new Guest(engine);
    const ipa = RAM_BASE + 0x3000_0000;
    guest.el2((a) => {
      const root = stage1(guest, a);
      mapPage(guest, root, PAGE, ipa, LEAF);
      // Stage 2 would give another address, and EL2's own regime a fault.
      mapPage(guest, stage2(guest, a), ipa, DATA, STAGE2_LEAF);
      stage1OfEl2(guest, a);
      a.mov(1, PAGE + 0x678)
        .msr('AT S1E1R', 1)
        .isb()
        .mrs(10, 'PAR_EL1');
      a.msrConst('SCTLR_EL1', SCTLR_EL1_OFF).isb();
      a.mov(1, PAGE + 0x678)
        .msr('AT S1E1R', 1)
        .isb()
        .mrs(11, 'PAR_EL1');
      off(a);
    });
    guest.run();
    const address = (par: bigint): number => Number(par & BigInt(PAR_ADDRESS));
    expect([address(guest.x(10)), address(guest.x(11))]).toEqual([ipa, PAGE]);
  });
});

describe.each(ENGINES)('5. %s', (engine) => {
  it("TLB entries carry VTTBR's VMID even with HCR.VM = 0, global ones too", () => {
    const guest = new Guest(engine);
    const [VMID, ENTRY, DESCRIPTOR] = [5, 6, 7];
    const vttbr = (vmid: number): bigint => BigInt(vmid) << 48n;
    guest.setWord(DATA, 100n);
    guest.setWord(DATA + 0x1000, 200n);
    guest.el2(
      (a) => {
        const root = stage1(guest, a);
        mapPage(guest, root, PAGE, DATA, LEAF);
        a.mov(ENTRY, entryFor(guest, root, PAGE, 3)).mov(DESCRIPTOR, page(DATA + 0x1000, LEAF));
        a.msrConst('VTTBR_EL2', vttbr(1)).mov(1, PAGE);
        enterEl1(a);
      },
      // Another VMID, and another mapping without a TLBI.
      { lowerSync: (a) => a.msr('VTTBR_EL2', VMID).str(DESCRIPTOR, ENTRY).dsb().eret() },
    );
    guest.el1((a) => {
      a.ldr(10, 1).mov(VMID, vttbr(2)).hvc().ldr(11, 1);
      // The first entry was neither used nor lost.
      a.mov(VMID, vttbr(1)).hvc().ldr(12, 1);
      off(a);
    });
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([100, 200, 100]);
  });
});

describe.each(ENGINES)('10. %s', (engine) => {
  it('Code patched through another mapping is seen at once after the maintenance that the guest does', () => {
    const guest = new Guest(engine);
    const alias = PAGE + 0x5000;
    const CALLS = 300;
    guest.code(PAGE, (a) => a.nop().ret(), DATA);
    const [first, second] = new Assembler(PAGE).add(10, 10, 1).add(10, 10, 3).words;
    guest.el2((a) => {
      const root = stage1(guest, a);
      mapPage(guest, root, PAGE, DATA, LEAF | READ_ONLY);
      mapPage(guest, root, alias, DATA, LEAF);
      enterEl1(a);
    });
    guest.el1((a) => {
      a.mov(1, PAGE).mov(2, alias);
      // The first patch makes the alias known as writable memory before its page holds code that has run.
      for (const patch of [first, second]) {
        a.mov(3, patch).str(3, 2, 0, 'w').msr('DC CVAU', 2).dsb().msr('IC IVAU', 1).dsb().isb();
        a.movr(11, 10).mov(4, CALLS);
        const top = a.place();
        a.blr(1).subs(4, 4, 1).bc('ne', top);
      }
      off(a);
    });
    guest.run();
    expect([guest.n(11), guest.n(10)]).toEqual([CALLS, CALLS * 4]);
  });
});
