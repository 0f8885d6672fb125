/** Memory as a CPU sees it at its current EL, by VA, without a trace in its TLB: for semihosting and debuggers. */

import type { Va } from '../../arch/addresses.ts';
import { READ, Translation, WRITE } from '../../mmu/translation.ts';
import type { Cpu } from './cpu.ts';

const PAGE = 4096;

export interface GuestMemory {
  /** Bytes at a VA; undefined if one of them is not mapped to RAM. */
  read(va: Va, length: number): Uint8Array | undefined;
  /** Writes bytes at a VA; false, and perhaps only the pages before are written, if one is not mapped to RAM. */
  write(va: Va, bytes: Uint8Array): boolean;
}

/** The view of a CPU as it is now. */
export function guestMemory(cpu: Cpu): GuestMemory {
  const out = new Translation();
  const pages = (va: Va, length: number, access: number, each: (pa: number, from: number, count: number) => boolean): boolean => {
    cpu.refresh();
    for (let done = 0; done < length; ) {
      const at = va + BigInt(done);
      const count = Math.min(PAGE - Number(at & 0xfffn), length - done);
      const hi = Number((at >> 32n) & 0xffff_ffffn);
      const lo = Number(at & 0xffff_ffffn);
      if (!cpu.mmu.walk(cpu.contexts.regime, hi, lo, access, out) || !each(out.pa, done, count)) return false;
      done += count;
    }
    return true;
  };
  return {
    read(va, length) {
      const bytes = new Uint8Array(length);
      const ok = pages(va, length, READ, (pa, from, count) => {
        const part = cpu.bus.readBytes(pa, count);
        if (part !== undefined) bytes.set(part, from);
        return part !== undefined;
      });
      return ok ? bytes : undefined;
    },
    write: (va, bytes) =>
      pages(va, bytes.length, WRITE, (pa, from, count) => cpu.bus.writeBytes(pa, bytes.subarray(from, from + count))),
  };
}
