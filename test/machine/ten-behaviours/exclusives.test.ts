/** Behaviour 6 on a whole machine: the exclusive monitor, exceptions and events. */

import { describe, expect, it } from 'vitest';
import { ZR } from '../../cpu/engine/assembler.ts';
import { CPU_CODE, DATA, EL2_CODE, ENGINES, enterEl1, Guest, off } from '../guest.ts';

const CPU_ON = 0xc400_0003;

describe.each(ENGINES)('6. %s', (engine) => {
  it('ERET clears the exclusive monitor', () => {
    const guest = new Guest(engine);
    guest.el2((a) => enterEl1(a.mov(1, DATA)), { lowerSync: (a) => a.eret() });
    guest.el1(
      (a) => {
        a.ldxr(2, 1).nop().stxr(10, 2, 1);
        a.ldxr(2, 1).svc().stxr(11, 2, 1);
        a.ldxr(2, 1).hvc().stxr(12, 2, 1);
        off(a);
      },
      { sameSync: (a) => a.eret() },
    );
    guest.run();
    expect([guest.n(10), guest.n(11), guest.n(12)]).toEqual([0, 1, 1]);
  });

  it('losing a reservation sets the event register', () => {
    const guest = new Guest(engine, { cpus: 2 });
    const LOCK = DATA;
    const [TRIES, FAILED] = [11, 10];
    guest.setWord(LOCK, 1n);
    guest.el2((a) => {
      a.mov(0, CPU_ON)
        .mov(1, 1)
        .mov(2, EL2_CODE + CPU_CODE)
        .mov(3, 0)
        .smc();
      a.mov(1, LOCK).mov(3, 2).sevl();
      const wait = a.place();
      a.wfe().add(TRIES, TRIES, 1).ldxr(2, 1).cbnz(2, wait).stxr(FAILED, 3, 1).cbnz(FAILED, wait);
      off(a);
    });
    // Opens the lock after some slices, by a plain store and without SEV.
    guest.code(EL2_CODE + CPU_CODE, (a) => {
      a.mov(1, LOCK).mov(4, 30_000);
      const top = a.place();
      a.subs(4, 4, 1).bc('ne', top).str(ZR, 1);
      a.b(a.place());
    });
    guest.run();
    expect([guest.n(FAILED), guest.word(LOCK)]).toEqual([0, 2n]);
    expect(guest.n(TRIES)).toBeGreaterThan(1);
    // It slept between its tries.
    expect(guest.n(TRIES)).toBeLessThan(100);
  });
});
