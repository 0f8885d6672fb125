/** Programs that both engines run: hot loops, each with something in it that makes regions hard. */

import { type Assembler, LR, SP, ZR } from './assembler.ts';
import { DEBUG_PROGRAMS } from './debug-programs.ts';
import type { Program } from './world.ts';
import { ALIAS, BLOCK_DATA, CODE, DATA, DATA_BYTES, DEVICE, EXCEPTIONS, READ_ONLY, RECOVER } from './world-memory.ts';

/** Times that a loop runs: enough for a region in every mode that makes any. */
const ROUNDS = 40;
const COUNTER = 20;
const EL0T = 0x3c0;
const EL1H = 0x345;

/** A counted loop; the body must leave X20 alone. */
function loop(a: Assembler, body: () => void, rounds = ROUNDS): void {
  a.mov(COUNTER, rounds);
  const top = a.place();
  body();
  a.subs(COUNTER, COUNTER, 1).bc('ne', top);
}

/** The word of an instruction, for programs that write code. */
function wordOf(a: Assembler, emit: (a: Assembler) => void): number {
  emit(a);
  return a.words.pop() as number;
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'arithmetic',
    code: (a) => {
      a.mov(0, 1).mov(1, 0x9e37_79b9_7f4a_7c15n);
      loop(a, () => a.addr(0, 0, 1).madd(2, 0, 1, 2).eorShifted(0, 0, 0, 1, 29).udiv(3, 2, 0).csel(4, 3, 2, 'ne'));
    },
  },
  {
    name: 'memory',
    code: (a) => {
      a.mov(1, DATA);
      loop(a, () =>
        a.ldr(2, 1, 8).addr(2, 2, COUNTER).str(2, 1, 8).strPost(2, 1, 16).ldr(3, 1, 0, 'b').stpPre(2, 3, SP, -16),
      );
    },
  },
  {
    name: 'flags across blocks and exits',
    code: (a) => {
      const [skip, again] = [a.label(), a.label()];
      a.mov(8, DATA);
      loop(a, () => {
        a.addsr(0, 0, COUNTER).bc('cs', skip).adcsr(1, 0, 0).ccmp(1, 7, 0b0110, 'mi');
        a.place(skip);
        a.sbcsrW(2, 1, 0).bc('vs', again).csel(3, 2, 1, 'hi');
        a.place(again);
        a.mrs(4, 'NZCV').addr(5, 5, 4).subsr(6, 5, 1).ldr(7, 8).csel(7, 6, 5, 'lt');
      });
    },
  },
  {
    name: 'flags of one op or another, read where their ways join',
    code: (a) => {
      loop(a, () => {
        const [other, join, around] = [a.label(), a.label(), a.label()];
        a.tbnz(COUNTER, 0, other).subs(0, COUNTER, 7).b(join);
        a.place(other);
        a.addsr(0, 0, COUNTER);
        a.place(join);
        a.bc('hi', around).add(1, 1, 1);
        a.place(around);
        a.csel(2, COUNTER, 2, 'ge').mrs(3, 'NZCV').addr(4, 4, 3).addr(4, 4, 2);
      });
    },
  },
  {
    name: 'calls through BL, BLR and RET',
    code: (a) => {
      const [start, double, inverse] = [a.label(), a.label(), a.label()];
      a.b(start);
      a.place(double);
      a.addr(0, 0, 0).add(0, 0, 1).ret();
      a.place(inverse);
      a.stpPre(LR, 1, SP, -16).eorShifted(0, 0, 0, 1, 3).bl(double).ldpPost(LR, 1, SP, 16).ret();
      a.place(start);
      a.mov(1, a.va(inverse));
      loop(a, () => a.bl(double).blr(1).addr(2, 2, 0));
    },
  },
  {
    name: 'nested loops',
    code: (a) => {
      a.mov(1, DATA);
      loop(a, () => {
        a.mov(21, 5);
        const inner = a.place();
        a.ldr(2, 1).addr(2, 2, 21).str(2, 1).subs(21, 21, 1).bc('ne', inner);
      });
    },
  },
  {
    name: 'a jump table',
    code: (a) => {
      const [start, join] = [a.label(), a.label()];
      a.b(start);
      const table = a.place();
      for (let i = 0; i < 4; i++) a.add(2, 2, i + 1).b(join);
      a.place(start);
      a.mov(3, a.va(table)).mov(4, 3);
      const top = a.place();
      a.mov(COUNTER, 0).add(COUNTER, 5, 0);
      a.and(6, 5, 4).addr(6, 6, 6).addr(6, 6, 6).addr(6, 6, 6).addr(6, 6, 3).br(6);
      a.place(join);
      a.add(5, 5, 1).cmp(5, ROUNDS).bc('ne', top);
    },
  },
  {
    name: 'a load that crosses into a page that is not mapped',
    code: (a) => {
      a.mov(1, DATA + DATA_BYTES - 64);
      loop(a, () => a.ldr(2, 1, 0).ldrPost(3, 1, 3).addr(4, 4, 3).ldrPost(5, 1, 5, 'w'));
    },
  },
  {
    name: 'a store with write-back that faults in the middle',
    code: (a) => {
      a.mov(1, DATA + DATA_BYTES - 96).mov(2, READ_ONLY);
      loop(a, () => a.stpPre(COUNTER, 2, 1, 8).strPost(COUNTER, 2, 8).str(COUNTER, 1, 0, 'b'));
    },
  },
  {
    name: 'pairs that cross into a page that is not mapped',
    code: (a) => {
      a.mov(1, DATA + DATA_BYTES - 96).mov(4, DATA + DATA_BYTES - 96);
      loop(a, () => a.ldpPost(2, 3, 1, 8).addr(5, 5, 2).stpPre(COUNTER, 3, 4, 8));
    },
  },
  {
    name: 'code that writes the next instruction',
    result: 20n * 1n + 20n * 2n,
    code: (a) => {
      const patch = [wordOf(a, (b) => b.add(0, 0, 1)), wordOf(a, (b) => b.add(0, 0, 2))];
      const [target, start] = [a.label(), a.label()];
      a.b(start);
      a.place(start);
      a.mov(2, patch[0]).mov(3, patch[1]);
      a.mov(1, CODE + 0x200);
      loop(a, () => {
        a.movr(4, 2).movr(2, 3).movr(3, 4).b(target);
        a.org(CODE + 0x1fc);
        a.place(target);
        a.str(2, 1, 0, 'w').word(patch[0]).add(5, 5, 1);
      });
    },
  },
  {
    name: 'a loop that patches an earlier instruction of its own block',
    result: (29n * 30n) / 2n,
    // Every round kills the block before it is hot.
    neverHot: true,
    code: (a) => {
      const patch = wordOf(a, (b) => b.add(0, 0, 0));
      a.mov(1, CODE + 0x100)
        .mov(2, patch)
        .mov(3, 1 << 10);
      a.org(CODE + 0x100);
      loop(a, () => a.addr(2, 2, 3).word(patch).str(2, 1, 8, 'w'), 30);
    },
  },
  {
    name: 'data that becomes code and is written again',
    result: 20n * 1n + 20n * 2n,
    code: (a) => {
      const patch = [wordOf(a, (b) => b.add(0, 0, 2)), wordOf(a, (b) => b.add(0, 0, 1))];
      const ret = wordOf(a, (b) => b.ret());
      a.mov(1, BLOCK_DATA).mov(2, patch[1]).mov(3, patch[0]).mov(5, ret);
      // The page is known to the soft TLB as writable before its first block is decoded.
      a.str(5, 1, 4, 'w').str(2, 1, 0, 'w');
      loop(a, () => a.blr(1).movr(4, 2).movr(2, 3).movr(3, 4).str(2, 1, 0, 'w'));
    },
  },
  {
    name: 'stores into the page of the loop, to another line',
    code: (a) => {
      a.mov(1, CODE + 0x800);
      loop(a, () => a.ldr(2, 1).addr(2, 2, COUNTER).str(2, 1).addr(3, 3, 2));
    },
  },
  {
    name: 'patching through an alias of the code page',
    // Once on the way into the loop, then twice a round.
    result: 1n + 20n * 2n * 1n + 20n * 2n * 3n,
    code: (a) => {
      const patch = [wordOf(a, (b) => b.add(0, 0, 1)), wordOf(a, (b) => b.add(0, 0, 3))];
      a.mov(1, ALIAS + 0x200)
        .mov(2, patch[0])
        .mov(3, patch[1]);
      a.org(CODE + 0x200).word(patch[0]);
      loop(a, () => {
        const call = a.label();
        a.movr(4, 2).movr(2, 3).movr(3, 4);
        a.mov(5, CODE + 0x400)
          .blr(5)
          .mov(5, ALIAS + 0x400)
          .blr(5);
        a.mov(6, ALIAS + 0x400)
          .str(2, 6, 0, 'w')
          .b(call);
        a.place(call);
      });
      a.wfi()
        .org(CODE + 0x400)
        .word(patch[0])
        .ret();
    },
  },
  {
    name: 'MMIO',
    code: (a) => {
      a.mov(1, DEVICE);
      loop(a, () => a.ldr(2, 1, 8, 'w').addr(3, 3, 2).str(3, 1, 12, 'w').mrs(4, 'CNTVCT_EL0').addr(5, 5, 4));
    },
  },
  {
    name: 'MMIO that interrupts',
    pstate: EL1H,
    code: (a) => {
      a.mov(1, DEVICE).mov(2, 3);
      loop(a, () => a.str(2, 1, 4, 'w').ldr(3, 1, 8, 'w').addr(4, 4, 3).ldr(3, 1, 8, 'w').add(5, 5, 1).add(6, 6, 1));
    },
  },
  {
    name: 'interrupts that are masked and let in',
    pstate: EL1H,
    code: (a) => {
      a.mov(1, DEVICE).mov(2, 2);
      loop(a, () => a.daifset(2).str(2, 1, 4, 'w').ldr(3, 1, 8, 'w').add(5, 5, 1).daifclr(2).add(6, 6, 1));
    },
  },
  {
    name: 'SVC',
    code: (a) => loop(a, () => a.add(0, 0, 1).svc(3).add(1, 1, 1)),
  },
  {
    name: 'SVC from EL0',
    pstate: EL0T,
    registers: { CNTKCTL_EL1: 3n },
    code: (a) => loop(a, () => a.add(0, 0, 1).svc(3).add(1, 1, 1).mrs(2, 'CNTVCT_EL0')),
  },
  {
    name: 'HVC',
    code: (a) => loop(a, () => a.add(0, 0, 1).hvc(3).add(1, 1, 1)),
  },
  {
    name: 'UNDEFINED in the middle of a block',
    code: (a) => loop(a, () => a.addsr(0, 0, COUNTER).word(0).adcsr(1, 1, 0).brk(7).mrs(2, 'NZCV').addr(3, 3, 2)),
  },
  {
    name: 'TLBI',
    code: (a) => {
      a.mov(1, DATA).mov(4, DATA / 4096);
      loop(a, () =>
        a.ldr(2, 1).str(2, 1, 8).msr('TLBI VAE1', 4).dsb().isb().ldr(3, 1).msr('TLBI VMALLE1', ZR).str(2, 1, 16),
      );
    },
  },
  {
    name: 'TLBI of the page that runs',
    code: (a) => {
      a.mov(4, CODE / 4096);
      loop(a, () => a.add(0, 0, 1).msr('TLBI VAAE1', 4).add(1, 1, 1).isb());
    },
  },
  {
    name: 'a change of the ASID',
    code: (a) => {
      a.mov(1, DATA)
        .mrs(5, 'TTBR0_EL1')
        .mov(6, 3n << 48n);
      loop(a, () => a.eor(5, 5, 6).msr('TTBR0_EL1', 5).isb().ldr(2, 1).addr(2, 2, COUNTER).str(2, 1).ldr(3, 1, 64));
    },
  },
  {
    name: 'more address spaces than contexts',
    code: (a) => {
      a.mov(1, DATA)
        .mrs(5, 'TTBR0_EL1')
        .mov(6, 1n << 48n)
        .mov(7, 2);
      const again = a.place();
      loop(a, () => a.addr(5, 5, 6).msr('TTBR0_EL1', 5).isb().ldr(2, 1).addr(2, 2, COUNTER).str(2, 1), 80);
      a.mrs(5, 'TTBR0_EL1')
        .mov(8, 80n << 48n)
        .subsr(5, 5, 8)
        .subs(7, 7, 1)
        .bc('ne', again);
    },
  },
  {
    name: 'a page that is remapped under the loop, with and without TLBI',
    code: (a) => {
      // The L3 entry of DATA points to one data page and to another in turn; only every other change is followed by a TLBI.
      a.mov(1, DATA)
        .mov(2, 0x4000_2000 + ((DATA >>> 12) & 511) * 8)
        .ldr(3, 2)
        .mov(4, 0x3000)
        .mov(6, DATA / 4096);
      loop(a, () => {
        const skip = a.label();
        a.eor(3, 3, 4).str(3, 2).dsb().tbnz(COUNTER, 0, skip).msr('TLBI VAAE1', 6);
        a.place(skip);
        a.isb().ldr(5, 1).addr(5, 5, COUNTER).str(5, 1);
      });
    },
  },
  {
    name: 'a loop over two pages, the second of which is remapped',
    // Twenty rounds in each of two pages, in turn.
    result: BigInt(ROUNDS / 2) * 20n * (1n + 3n),
    code: (a) => {
      const [target, back, end] = [a.label(), a.label(), a.label()];
      const second = ALIAS + 0x1000;
      a.mov(1, 0x4000_2000 + ((second >>> 12) & 511) * 8)
        .ldr(3, 1)
        .mov(4, 0x3000)
        .mov(6, second / 4096)
        .mov(5, ALIAS + 0x100)
        .br(5);
      a.org(CODE + 0x100);
      loop(a, () => {
        a.eor(3, 3, 4).str(3, 1).dsb().msr('TLBI VAAE1', 6).dsb().isb().mov(7, 20);
        const inner = a.place();
        a.add(8, 8, 1).b(target);
        a.place(back);
        a.subs(7, 7, 1).bc('ne', inner);
      });
      a.b(end).org(CODE + 0x1000);
      a.place(target);
      a.add(0, 0, 1).b(back);
      // The same branch, for the VA of the page before.
      const offset = (a.va(back) - (CODE + 0x1004)) / 4;
      a.org(CODE + 0x2000)
        .add(0, 0, 3)
        .word(0x1400_0000 | (offset & 0x3ff_ffff));
      a.place(end);
    },
  },
  {
    name: 'the MMU turned off and on',
    code: (a) => {
      a.mov(1, DATA).mrs(2, 'SCTLR_EL1').mov(3, 1);
      loop(a, () =>
        a.eor(2, 2, 3).msr('SCTLR_EL1', 2).isb().ldr(4, 1).addr(4, 4, COUNTER).str(4, 1).str(4, 1, 12, 'w'),
      );
    },
  },
  {
    name: 'DC ZVA',
    code: (a) => {
      a.mov(1, DATA + 0x40).mov(3, READ_ONLY);
      loop(a, () => a.str(COUNTER, 1, 8).add(1, 1, 60).msr('DC ZVA', 1).ldr(2, 1).msr('DC ZVA', 3));
    },
  },
  {
    name: 'DC ZVA over the code that runs',
    result: 40n,
    code: (a) => {
      // Zeroes are UDF, from which the handler comes back.
      const patch = wordOf(a, (b) => b.add(0, 0, 1));
      a.mov(1, CODE + 0x240)
        .mov(2, patch)
        .mov(RECOVER, 0);
      loop(a, () => a.str(2, 1, 0, 'w').blr(1).msr('DC ZVA', 1).blr(1).add(3, 3, 1));
      a.wfi()
        .org(CODE + 0x240)
        .word(patch)
        .org(CODE + 0x280)
        .ret();
    },
  },
  {
    name: 'exclusives',
    code: (a) => {
      a.mov(1, DATA).mov(6, DATA + 4);
      loop(a, () => {
        const retry = a.place();
        a.ldxr(2, 1).addr(2, 2, COUNTER).stxr(3, 2, 1).cbnz(3, retry);
        a.ldxr(4, 1, 'w').stxr(5, 4, 1, 'x').addr(7, 7, 5).ldxr(4, 6, 'x').stxr(5, 4, 6, 'w').addr(7, 7, 5);
      });
    },
  },
  {
    name: 'exclusives over an exception',
    code: (a) => {
      a.mov(1, DATA);
      loop(a, () => a.ldxr(2, 1).svc().stxr(3, 2, 1).addr(4, 4, 3));
    },
  },
  {
    name: 'a stack pointer that is not aligned',
    code: (a) => {
      a.add(6, SP, 0);
      loop(a, () => a.add(SP, 6, 8).str(0, SP, 0).sub(SP, 6, 16).str(0, SP, 0).ldr(2, SP, 8).add(0, 0, 1));
    },
  },
  {
    name: 'a stack pointer that loses its alignment between two accesses',
    code: (a) => {
      a.sub(SP, SP, 64);
      loop(a, () => a.str(0, SP).sub(SP, SP, 8).str(0, SP).add(SP, SP, 8).add(0, 0, 1));
    },
  },
  {
    name: 'a program counter that is not aligned',
    code: (a) => {
      loop(a, () => {
        const back = a.place();
        a.mov(RECOVER, a.va(back) + 24)
          .mov(1, CODE + 2)
          .br(1)
          .nop();
        a.org(a.va(back) + 24).add(0, 0, 1);
      });
    },
  },
  {
    name: 'a jump to where nothing is mapped',
    code: (a) => {
      loop(a, () => {
        const back = a.place();
        a.mov(RECOVER, a.va(back) + 28)
          .mov(1, DATA + DATA_BYTES)
          .br(1)
          .nop();
        a.org(a.va(back) + 28).add(0, 0, 1);
      });
    },
  },
  {
    name: 'LDTR without the permission of EL0',
    code: (a) => {
      a.mov(1, CODE).mov(2, DATA);
      loop(a, () => a.ldr(3, 1).ldtr(4, 2).ldtr(5, 1).addr(6, 6, 3));
    },
  },
  {
    name: 'SPSel',
    code: (a) => loop(a, () => a.spsel(0).sub(SP, SP, 16).str(COUNTER, SP).spsel(1).sub(SP, SP, 32).str(COUNTER, SP)),
  },
  {
    name: 'code over the end of a page',
    code: (a) => {
      const target = a.label();
      a.b(target).org(CODE + 0xfec);
      a.place(target);
      loop(a, () => a.add(0, 0, 1).add(1, 1, 2).addr(2, 0, 1).add(3, 3, 1));
    },
  },
  {
    name: 'more blocks than a region holds',
    code: (a) => {
      loop(a, () => {
        for (let i = 0; i < 80; i++) {
          const next = a.label();
          a.add(i % 8, i % 8, i).cbnz(ZR, next);
          a.place(next);
        }
      });
    },
  },
  {
    name: 'floating point that CPACR_EL1.FPEN lets through and stops in turn',
    // Two instructions trap in every second round.
    result: (BigInt(ROUNDS) << 32n) | 0x1fe0_0000n,
    code: (a) => {
      a.mov(4, 3).mov(5, 1 << 20);
      loop(a, () => {
        a.and(3, COUNTER, 4).madd(1, 3, 5, ZR).msr('CPACR_EL1', 1).isb();
        // SCVTF D1, X20; FADD D0, D0, D1.
        a.word(0x9e62_0281, 0x1e61_2800);
      });
      a.mrs(1, 'ESR_EL1').eorShifted(0, 1, EXCEPTIONS, 0, 32);
    },
  },
  {
    name: 'floating point, with fast paths and without',
    registers: { CPACR_EL1: 3n << 20n },
    code: (a) => {
      a.mov(1, 0x3ff8_0000_0000_0000n).mov(2, 0x4008_0000_0000_0000n);
      // FMOV D1, X1; FMOV D2, X2.
      a.word(0x9e67_0021, 0x9e67_0042);
      loop(a, () => {
        // FADD D0, D0, D1; FDIV D3, D0, D2; FMADD D4, D3, D0, D4; FMUL V5.2D, V4.2D, V1.2D; FCMP D4, D0; FCVTZS X3, D4.
        a.word(0x1e61_2800, 0x1e62_1803, 0x1f40_1064, 0x6e61_dc85, 0x1e60_2080, 0x9e78_0083);
        a.csel(6, COUNTER, 6, 'gt').addr(7, 7, 3);
      });
    },
  },
  ...DEBUG_PROGRAMS,
];
