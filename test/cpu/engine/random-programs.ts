/** Random programs: words drawn from the rows of A64, in a counted loop that goes on after every exception. */

import { pcRelativeImmediate } from '../../../scripts/vectors/classes.ts';
import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { A64_ROWS } from '../../../src/cpu/a64/rows.ts';
import { Prng } from '../../vectors/prng.ts';
import type { Assembler } from './assembler.ts';
import { ALIAS, BLOCK_DATA, CODE, DATA, DATA_BYTES, DEVICE, type Program, READ_ONLY, RECOVER } from './world.ts';

const COUNTER = 20;
/** Registers that a body must not write: the loop's own, and those of the vectors. */
const RESERVED = new Set([COUNTER, RECOVER, 25, 26, 27, 28]);
const EL0T = 0x3c0;
const EL1H = 0x345;
const EL1H_MASKED = 0x3c5;

/** Rows that leave the loop, end the program or change what the loop stands on. */
const EXCLUDED = /^(BR|BLR|RET|ERET|DRPS|HLT|WFI|WFE|DCPS|SYS|MSR(?! \(FP)|SMC|UDF)/;
const ROWS: readonly A64Row[] = A64_ROWS.filter(({ name, emit }) => emit !== undefined && !EXCLUDED.test(name));
const MEMORY = ROWS.filter(({ pattern }) => ((pattern.value >>> 25) & 0b0101) === 0b0100);
const BRANCHES = ROWS.filter(({ pattern }) => pcRelativeImmediate(pattern.value) !== undefined);

/** Registers that hold addresses at the start: memory rows use them as bases. */
const BASES = [0, 1, 2, 3, 4, 5, 6, 7];
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

function fieldsOf(row: A64Row, prng: Prng): number {
  let word = row.pattern.value;
  for (const { name, shift, width } of row.pattern.fields) {
    let value = prng.below(2 ** width);
    if (/^R[a-z]\d?$/.test(name)) {
      while (RESERVED.has(value)) value = prng.below(32);
    }
    word |= value << shift;
  }
  return word >>> 0;
}

/** A word of the body: `left` instructions follow it. */
function draw(prng: Prng, left: number): number {
  const kind = prng.below(100);
  if (kind < 35) {
    const word = fieldsOf(prng.pick(MEMORY), prng);
    const isLiteral = (word & 0x3b00_0000) === 0x1800_0000;
    if (isLiteral) return ((word & ~(0x7_ffff << 5)) | (prng.below(64) << 5)) >>> 0;
    // Small unsigned offsets, and a base that is an address.
    const isUnsigned = (word & 0x3b00_0000) === 0x3900_0000;
    return ((word & ~(31 << 5) & (isUnsigned ? ~(0xf80 << 10) : -1)) | (prng.pick(BASES) << 5)) >>> 0;
  }
  if (kind < 50) {
    const word = fieldsOf(prng.pick(BRANCHES), prng);
    const { shift, width } = pcRelativeImmediate(word) as { shift: number; width: number };
    const offset = 1 + prng.below(left + 1);
    return ((word & ~((2 ** width - 1) << shift)) | (offset << shift)) >>> 0;
  }
  return fieldsOf(prng.pick(ROWS.filter(({ pattern }) => pcRelativeImmediate(pattern.value) === undefined)), prng);
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

/** The program of a seed. */
export function randomProgram(seed: number): Program {
  const prng = new Prng(seed);
  const pstate = prng.pick([EL0T, EL1H, EL1H_MASKED, EL1H_MASKED]);
  return {
    name: `seed 0x${seed.toString(16)}`,
    pstate,
    registers: { CPACR_EL1: prng.pick(FPEN) },
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
      a.mov(COUNTER, 3 + prng.below(12)).mov(RECOVER, CODE + 4 * 64);
      const top = a.place();
      for (let i = 0; i < length; i++) {
        if (prng.chance(4)) system(a, prng);
        else a.word(draw(prng, length - i - 1));
      }
      a.org(CODE + 4 * 64)
        .subs(COUNTER, COUNTER, 1)
        .bc('ne', top);
    },
  };
}
