/** Random systems: functions over several pages that loop, call, switch ELs and address spaces, remap and patch. */

import { Prng } from '../../vectors/prng.ts';
import { type Assembler, type Condition, type Label, LR, SP, ZR } from './assembler.ts';
import { BASES, draw } from './random-programs.ts';
import type { Program } from './world.ts';
import {
  ALIAS,
  BLOCK_DATA,
  CODE,
  DATA,
  DATA_BYTES,
  DEVICE,
  READ_ONLY,
  RECOVER,
  SVC_SWITCH,
  TABLES,
} from './world-memory.ts';

const PAGE = 0x1000;
const CODE_PAGES = 16;
/** Level 3 of the world's tables. */
const LEVEL3 = TABLES + 0x2000;
/** Descriptors: a page that EL0 may use, of the ASID; and one of EL1, global. */
const [EL0_PAGE, EL1_PAGE] = [0xc43n, 0x403n];
/** The last page of data is the stack, which EL0 and EL1 share, and is never mapped anew. */
const DATA_PAGES = DATA_BYTES / PAGE - 1;
const TOP_OF_STACK = DATA + DATA_BYTES - 64;
const EL1T_MASKED = 0x3c4;
const PSTATE_I = 0x80;

/** Counters of loops by their depth, which functions save; scratch of statements; what random words leave alone. */
const LOOPS = [21, 22, 23];
const [S, S2, S3] = [9, 10, 11];
const RESERVED = new Set([20, ...LOOPS, RECOVER, 25, 26, 27, 28, LR, SP]);

const CONDITIONS: readonly Condition[] = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'hi', 'ls', 'ge', 'lt'];
const TLBI = ['TLBI VMALLE1', 'TLBI VAAE1', 'TLBI VAE1', 'TLBI VAALE1', 'TLBI ASIDE1', 'TLBI VMALLE1IS'];
const ADDRESSES = [DATA + 0x38, DATA + PAGE - 24, DATA + 5 * PAGE, READ_ONLY, ALIAS + 0x40, BLOCK_DATA, DEVICE];

/** Emits a system: its functions may call those that were emitted before them. */
class Author {
  private readonly functions: Label[] = [];
  /** Words that patches may replace. */
  private readonly slots: number[] = [];

  constructor(
    private readonly a: Assembler,
    private readonly prng: Prng,
  ) {}

  /** A run of random words; a branch among them stays within the run. */
  private run(): void {
    const length = 1 + this.prng.below(8);
    for (let i = 0; i < length; i++) this.a.word(draw(this.prng, length - i - 1, RESERVED));
  }
  private bases(): void {
    for (const base of BASES) {
      if (this.prng.chance(40)) this.a.mov(base, this.prng.pick(ADDRESSES) + 8 * this.prng.below(4));
    }
  }
  private loop(depth: number): void {
    const counter = LOOPS[depth];
    this.a.mov(counter, 1 + this.prng.below(depth === 0 ? 60 : 6));
    const top = this.a.place();
    this.block(depth + 1);
    this.a.subs(counter, counter, 1).bc('ne', top);
  }
  private choice(depth: number): void {
    const [other, join] = [this.a.label(), this.a.label()];
    this.a.bc(this.prng.pick(CONDITIONS), other);
    this.block(depth + 1);
    this.a.b(join);
    this.a.place(other);
    this.block(depth + 1);
    this.a.place(join);
  }
  /** A jump through a register to one of four places. */
  private table(): void {
    const [start, join] = [this.a.label(), this.a.label()];
    this.a.b(start);
    const table = this.a.place();
    for (let i = 0; i < 4; i++) this.a.add(12 + i, 12 + i, i + 1).b(join);
    this.a.place(start);
    this.a.mov(S2, 0x18).and(S, this.prng.below(16), S2).adr(S2, table).addr(S, S, S2).br(S);
    this.a.place(join);
  }
  /** By BL, or by BLR to either mapping of the code. */
  private call(): void {
    if (this.functions.length === 0) return;
    const callee = this.prng.pick(this.functions);
    if (this.prng.chance(60)) this.a.bl(callee);
    else this.a.mov(S, this.a.va(callee) + (this.prng.chance(40) ? ALIAS - CODE : 0)).blr(S);
  }
  private patch(): void {
    const slot = this.prng.pick([...this.slots, this.slot()]);
    this.a.mov(S, draw(this.prng, 0, RESERVED)).mov(S2, slot + (this.prng.chance(50) ? ALIAS - CODE : 0));
    this.a.str(S, S2, 0, 'w');
    if (this.prng.chance(50)) this.a.msr('IC IVAU', S2).isb();
  }
  private slot(): number {
    const va = this.a.here;
    this.a.nop();
    this.slots.push(va);
    return va;
  }
  /** A page of data or of the second mapping of the code goes elsewhere; mostly the TLB is told. */
  private remap(): void {
    const { prng } = this;
    const isData = prng.chance(60);
    const page = prng.below(isData ? DATA_PAGES : CODE_PAGES);
    const target = prng.below(isData ? DATA_PAGES : CODE_PAGES);
    const va = (isData ? DATA : ALIAS) + page * PAGE;
    const pa = BigInt((isData ? DATA : CODE) + (prng.chance(50) ? page : target) * PAGE);
    this.a.mov(S, prng.chance(15) ? 0n : pa | (isData ? EL0_PAGE : EL1_PAGE));
    this.a.mov(S2, LEVEL3 + 8 * ((va >>> 12) & 511)).str(S, S2);
    if (prng.chance(80)) this.a.mov(S, BigInt(va >>> 12) | (1n << 48n)).msr(prng.pick(TLBI), S);
    if (prng.chance(60)) this.a.dsb().isb();
  }
  private switchAsid(): void {
    this.a
      .mrs(S, 'TTBR0_EL1')
      .mov(S2, BigInt(1 + this.prng.below(3)) << 48n)
      .eor(S, S, S2)
      .msr('TTBR0_EL1', S)
      .isb();
  }
  /** The device is read, or told to interrupt some accesses later. */
  private device(): void {
    this.a.mov(S, DEVICE);
    if (this.prng.chance(50)) this.a.ldr(S2, S, 8, 'w');
    else
      this.a
        .mov(S3, 1 + this.prng.below(5))
        .str(S3, S, 4, 'w')
        .ldr(S2, S, 8, 'w');
  }
  private system(): void {
    const { a, prng } = this;
    prng.pick([
      () => a.svc(),
      () => a.svc(SVC_SWITCH),
      () => a.hvc(),
      () => a.brk(),
      () => (prng.chance(70) ? a.daifclr(2) : a.daifset(2)),
      () => a.msr(prng.pick(TLBI), prng.pick(BASES)),
      () => a.msr('DC ZVA', prng.pick(BASES)),
      () => a.mrs(8, prng.pick(['CNTVCT_EL0', 'TPIDR_EL0', 'NZCV', 'CTR_EL0', 'ISR_EL1'])),
      () =>
        a
          .mov(S, prng.chance(80) ? 3 << 20 : 0)
          .msr('CPACR_EL1', S)
          .isb(),
    ])();
  }

  private statement(depth: number): void {
    const kind = this.prng.below(100);
    if (kind < 38) this.run();
    else if (kind < 50 && depth < LOOPS.length) this.loop(depth);
    else if (kind < 58 && depth < LOOPS.length) this.choice(depth);
    else if (kind < 62) this.table();
    else if (kind < 74) this.call();
    else if (kind < 80) this.bases();
    else if (kind < 84) this.patch();
    else if (kind < 88) this.remap();
    else if (kind < 90) this.switchAsid();
    else if (kind < 95) this.device();
    else if (kind < 96) this.slot();
    else this.system();
  }
  private block(depth: number): void {
    for (let i = 1 + this.prng.below(3); i > 0; i--) this.statement(depth);
  }

  /** Functions lie anywhere, so that some cross pages, then the loop over calls that never ends. */
  write(): void {
    const { a, prng } = this;
    const start = a.label();
    a.b(start);
    for (let i = 3 + prng.below(8); i > 0 && a.here < CODE + (CODE_PAGES - 4) * PAGE; i--) {
      if (prng.chance(50)) a.org(a.here + 4 * prng.below(PAGE / 2));
      const label = a.place();
      a.stpPre(LR, LOOPS[0], SP, -16).stpPre(LOOPS[1], LOOPS[2], SP, -16);
      this.block(0);
      this.block(0);
      a.ldpPost(LOOPS[1], LOOPS[2], SP, 16).ldpPost(LR, LOOPS[0], SP, 16).ret();
      this.functions.push(label);
    }
    a.place(start);
    a.adr(RECOVER, a.place());
    // ADD SP, X9, #0: a lost return address leaves the stack anywhere.
    a.mov(S, TOP_OF_STACK).add(SP, S, 0);
    this.bases();
    for (let i = 3 + prng.below(4); i > 0; i--) this.call();
    a.svc(SVC_SWITCH).cbz(ZR, start);
  }
}

/** The system of a seed; it runs until its budget ends. */
export function randomSystem(seed: number): Program {
  const prng = new Prng(seed);
  return {
    name: `system 0x${seed.toString(16)}`,
    pstate: EL1T_MASKED & ~(prng.chance(50) ? PSTATE_I : 0),
    registers: { CPACR_EL1: 3n << 20n },
    x: Array.from({ length: 20 }, () => prng.u64()),
    code: (a) => new Author(a, prng).write(),
  };
}
