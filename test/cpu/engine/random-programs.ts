/** Random programs: words drawn from the rows of A64, in a counted loop that goes on after every exception. */

import { pcRelativeImmediate } from '../../../scripts/vectors/classes.ts';
import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { A64_ROWS } from '../../../src/cpu/a64/rows.ts';
import type { SysregSlot } from '../../../src/cpu/slots.ts';
import { Prng } from '../../vectors/prng.ts';
import type { Assembler } from './assembler.ts';
import type { Program } from './world.ts';
import { ALIAS, BLOCK_DATA, CODE, DATA, DATA_BYTES, DEVICE, READ_ONLY, RECOVER, REGISTERS } from './world-memory.ts';

const COUNTER = 20;
/** Enough for regions that grow, in the engine that compiles at once. */
const MANY_ROUNDS = 2000;
/** Registers that a body must not write: the loop's own, and those of the vectors. */
const RESERVED = new Set([COUNTER, RECOVER, 25, 26, 27, 28]);
const EL0T = 0x3c0;
const EL1H = 0x345;
const EL1H_MASKED = 0x3c5;
const PSTATE_D = 0x200;
/** What is drawn for the debug registers changes nothing else of a program. */
const DEBUG_SEED = 0x6a09_e667;

/** Rows that leave the loop, end the program or change what the loop stands on. */
const EXCLUDED = /^(BR|BLR|RET|ERET|DRPS|HLT|WFI|WFE|DCPS|SYS|MSR(?! \(FP)|SMC|UDF)/;
const ROWS: readonly A64Row[] = A64_ROWS.filter(({ name, emit }) => emit !== undefined && !EXCLUDED.test(name));
const MEMORY = ROWS.filter(({ pattern }) => ((pattern.value >>> 25) & 0b0101) === 0b0100);
const BRANCHES = ROWS.filter(({ pattern }) => pcRelativeImmediate(pattern.value) !== undefined);
const STRAIGHT = ROWS.filter(({ pattern }) => pcRelativeImmediate(pattern.value) === undefined);

/** Registers that hold addresses at the start: memory rows use them as bases. */
export const BASES = [0, 1, 2, 3, 4, 5, 6, 7];
const ADDRESSES = [
  DATA,
  DATA + DATA_BYTES - 32,
  READ_ONLY,
  CODE + 0x800,
  ALIAS + 0x40,
  BLOCK_DATA,
  DEVICE,
  DATA + 0x1ff8,
];

/** CPACR_EL1: SIMD and floating point everywhere, most often; at EL1 alone; nowhere. */
const FPEN = [3n << 20n, 3n << 20n, 3n << 20n, 1n << 20n, 0n];

/** System instructions and registers worth having in a loop; their operand is one of the bases. */
const SYSTEM = ['TLBI VMALLE1', 'TLBI VAAE1', 'IC IVAU', 'DC ZVA', 'DC CIVAC', 'TTBR0_EL1', 'NZCV', 'TPIDR_EL0'];
/** What `max` adds: instructions with an address, and fields of PSTATE, written from a register or by op1:op2. */
const ADDRESSED = ['DC CVAP', 'AT S1E1RP', 'AT S1E1WP'];
const PSTATE_FIELDS = ['PAN', 'UAO', 'SSBS'];
const PSTATE_IMMEDIATE = { PAN: 0xd500_409f, UAO: 0xd500_407f, SSBS: 0xd503_403f };
/** TCR_EL1.HA and HD; SCTLR_EL1.SPAN and DSSBS. */
const HA_HD = [0n, 1n << 39n, 3n << 39n];
const [SPAN, DSSBS] = [1n << 23n, 1n << 44n];

function fieldsOf(row: A64Row, prng: Prng, reserved: ReadonlySet<number>): number {
  let word = row.pattern.value;
  for (const { name, shift, width } of row.pattern.fields) {
    let value = prng.below(2 ** width);
    if (/^R[a-z]\d?$/.test(name)) {
      while (reserved.has(value)) value = prng.below(32);
    }
    word |= value << shift;
  }
  return word >>> 0;
}

/** A word of a run of code: `left` instructions follow it, and it does not name the registers `reserved`. */
export function draw(prng: Prng, left: number, reserved: ReadonlySet<number> = RESERVED): number {
  const kind = prng.below(100);
  if (kind < 35) {
    const word = fieldsOf(prng.pick(MEMORY), prng, reserved);
    const isLiteral = (word & 0x3b00_0000) === 0x1800_0000;
    if (isLiteral) return ((word & ~(0x7_ffff << 5)) | (prng.below(64) << 5)) >>> 0;
    // Small unsigned offsets, and a base that is an address.
    const isUnsigned = (word & 0x3b00_0000) === 0x3900_0000;
    return ((word & ~(31 << 5) & (isUnsigned ? ~(0xf80 << 10) : -1)) | (prng.pick(BASES) << 5)) >>> 0;
  }
  if (kind < 50) {
    const word = fieldsOf(prng.pick(BRANCHES), prng, reserved);
    const { shift, width } = pcRelativeImmediate(word) as { shift: number; width: number };
    const offset = 1 + prng.below(left + 1);
    return ((word & ~((2 ** width - 1) << shift)) | (offset << shift)) >>> 0;
  }
  return fieldsOf(prng.pick(STRAIGHT), prng, reserved);
}

function system(a: Assembler, prng: Prng): void {
  const name = prng.pick(SYSTEM);
  if (name === 'TTBR0_EL1')
    a.mrs(8, name)
      .mov(9, BigInt(1 + prng.below(2)) << 48n)
      .eor(8, 8, 9)
      .msr(name, 8)
      .isb();
  else a.msr(name, prng.pick(BASES));
}

/** Breakpoints on the body, watchpoints on its data, and counters; for some programs none. */
function debugRegisters(prng: Prng): NonNullable<Program['registers']> {
  if (prng.chance(60)) return {};
  const [code, data] = [CODE + 4 * (8 + prng.below(24)), DATA + 8 * prng.below(8)];
  const maskBits = prng.pick([0, 0, 3, 4, 12]);
  const bytes = maskBits === 0 ? prng.below(256) : 255;
  return {
    OSLAR_EL1: 0n,
    MDSCR_EL1: 0xa000n,
    DBGBVR0_EL1: BigInt(code),
    DBGBCR0_EL1: BigInt(prng.pick([0, 0x1e7])),
    DBGWVR0_EL1: BigInt(data),
    DBGWCR0_EL1: BigInt((maskBits << 24) | (bytes << 5) | (prng.below(4) << 3) | 7),
    PMCR_EL0: 1n,
    PMCNTENSET_EL0: 0x8000_0003n,
    PMEVTYPER0_EL0: 0x8n,
    PMEVTYPER1_EL0: 0x4000_0009n,
  };
}

/** A write of what only `max` has, and now and then a look at it. */
function systemOfMax(a: Assembler, prng: Prng): void {
  const field = prng.pick(PSTATE_FIELDS) as keyof typeof PSTATE_IMMEDIATE;
  const kind = prng.below(4);
  if (kind === 0) a.msr(prng.pick(ADDRESSED), prng.pick(BASES)).mrs(9, 'PAR_EL1');
  else if (kind === 1) a.word(PSTATE_IMMEDIATE[field] | (prng.below(2) << 8));
  else if (kind === 2) a.mov(8, prng.chance(50) ? 0 : -1).msr(field, 8);
  else a.mrs(8 + prng.below(8), field);
}

/** The registers of `max` that a program starts with: those of the world, with controls of its features. */
function registersOfMax(prng: Prng): Partial<Record<SysregSlot, bigint>> {
  const sctlr = (REGISTERS.SCTLR_EL1 as bigint) ^ (prng.chance(50) ? SPAN : 0n) ^ (prng.chance(50) ? DSSBS : 0n);
  return { SCTLR_EL1: sctlr, TCR_EL1: (REGISTERS.TCR_EL1 as bigint) | prng.pick(HA_HD) };
}

/** The program of a seed, for `max` with what that has over the Cortex-A57. */
export function randomProgram(seed: number, model: 'cortex-a57' | 'max' = 'cortex-a57'): Program {
  const prng = new Prng(seed);
  const isMax = model === 'max';
  const pstate = prng.pick([EL0T, EL1H, EL1H_MASKED, EL1H_MASKED]);
  const debug = new Prng(seed ^ DEBUG_SEED);
  return {
    name: `seed 0x${seed.toString(16)}`,
    model,
    pstate: pstate & ~(debug.chance(50) ? PSTATE_D : 0),
    registers: { CPACR_EL1: prng.pick(FPEN), ...(isMax && registersOfMax(prng)), ...debugRegisters(debug) },
    unmarked: isMax && prng.chance(50),
    x: Array.from({ length: 31 }, (_, n) =>
      RESERVED.has(n)
        ? 0n
        : BASES.includes(n)
          ? BigInt(ADDRESSES[n] + 8 * prng.below(3))
          : prng.chance(50)
            ? prng.u64()
            : BigInt(prng.below(64)),
    ),
    code: (a) => {
      const length = 3 + prng.below(24);
      a.mov(COUNTER, isMax && prng.chance(25) ? MANY_ROUNDS : 3 + prng.below(12)).mov(RECOVER, CODE + 4 * 64);
      const top = a.place();
      for (let i = 0; i < length; i++) {
        if (isMax && prng.chance(10)) systemOfMax(a, prng);
        else if (prng.chance(4)) system(a, prng);
        else a.word(draw(prng, length - i - 1));
      }
      a.org(CODE + 4 * 64)
        .subs(COUNTER, COUNTER, 1)
        .bc('ne', top);
    },
  };
}
