/** A64 instruction words as assembly text, by capstone, cached by encoding. */

/** Text of an instruction word at a VA: mnemonic padded to 8 columns, then operands, as QEMU prints it. */
export type Disassemble = (word: number, va: bigint) => string;

/** Where PC-relative words are decoded: far enough from 0 that no displacement wraps, and 4 KiB aligned for ADRP. */
const BASE = 2 ** 40;
const CACHE_LIMIT = 65_536;

/** PC-relative encodings as [mask, value] (DDI 0487, "A64 instruction set encoding"). */
const PC_RELATIVE: readonly (readonly [mask: number, value: number])[] = [
  [0x1f00_0000, 0x1000_0000], // ADR, ADRP
  [0x7c00_0000, 0x1400_0000], // B, BL
  [0xff00_0000, 0x5400_0000], // B.cond
  [0x7c00_0000, 0x3400_0000], // CBZ, CBNZ, TBZ, TBNZ
  [0x3b00_0000, 0x1800_0000], // LDR (literal), PRFM (literal)
];
const ADRP = [0x9f00_0000, 0x9000_0000] as const;

const matches = (word: number, [mask, value]: readonly [number, number]): boolean => (word & mask) >>> 0 === value;

/** Text of one encoding; `displacement` is added to the VA, or to its page for ADRP, and appended. */
interface Template {
  text: string;
  displacement: bigint | undefined;
  paged: boolean;
}

/** Loads capstone and returns the disassembler. Words that capstone does not know become `.byte`, as in QEMU. */
export async function createDisassembler(): Promise<Disassemble> {
  const { default: load } = await import('@alexaltea/capstone-js');
  const library = await load();
  const capstone = new library.Capstone(library.ARCH_ARM64, library.MODE_ARM);
  const cache = new Map<number, Template>();

  function decode(word: number): Template {
    const bytes = [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
    try {
      const [{ mnemonic, op_str: operands }] = capstone.disasm(bytes, BASE);
      const text = `${mnemonic.padEnd(8)} ${operands}`;
      const target = PC_RELATIVE.some((form) => matches(word, form)) ? /#0x([0-9a-f]+)$/.exec(text) : null;
      if (target === null) return { text, displacement: undefined, paged: false };
      const displacement = BigInt(`0x${target[1]}`) - BigInt(BASE);
      return { text: text.slice(0, target.index), displacement, paged: matches(word, ADRP) };
    } catch {
      const list = bytes.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ');
      return { text: `.byte    ${list}`, displacement: undefined, paged: false };
    }
  }

  return (word, va) => {
    let template = cache.get(word);
    if (template === undefined) {
      if (cache.size >= CACHE_LIMIT) cache.clear();
      template = decode(word);
      cache.set(word, template);
    }
    if (template.displacement === undefined) return template.text;
    const base = template.paged ? va & ~0xfffn : va;
    return `${template.text}#0x${BigInt.asUintN(64, base + template.displacement).toString(16)}`;
  };
}
