/** Memory as a CPU sees it, by VA or by IPA, without a trace in its TLB: for semihosting and debuggers. */

import type { Ipa, Va } from '../../arch/addresses.ts';
import type { Regime } from '../../mmu/regime.ts';
import { READ, Translation, UNPRIVILEGED, WRITE } from '../../mmu/translation.ts';
import type { Cpu } from './cpu.ts';

const PAGE = 4096;

export interface GuestMemory<Address> {
  /** Bytes at an address; undefined if one of them is not mapped to RAM. */
  read(address: Address, length: number): Uint8Array | undefined;
  /** Writes bytes at an address; false, and perhaps only the pages before are written, if one is not mapped to RAM. */
  write(address: Address, bytes: Uint8Array): boolean;
}

/** Memory by VA with the permissions of the current EL. */
export function guestMemory(cpu: Cpu): GuestMemory<Va> {
  cpu.refresh();
  return view(cpu, cpu.contexts.regime, cpu.state.el === 0 ? UNPRIVILEGED : 0);
}

/** Memory by IPA: stage 2 of EL1&0 as the registers set it up; where it is off, an IPA is the PA. */
export function ipaMemory(cpu: Cpu): GuestMemory<Ipa> {
  cpu.refresh();
  return view(cpu, { ...cpu.regimes.get('EL1&0'), stage1On: false }, 0);
}

function view(cpu: Cpu, regime: Regime, privilege: number): GuestMemory<bigint | number> {
  const out = new Translation();
  const pages = (
    address: bigint | number,
    length: number,
    access: number,
    each: (pa: number, from: number, count: number) => boolean,
  ): boolean => {
    for (let done = 0; done < length; ) {
      const at = BigInt(address) + BigInt(done);
      const count = Math.min(PAGE - Number(at & 0xfffn), length - done);
      const hi = Number((at >> 32n) & 0xffff_ffffn);
      const lo = Number(at & 0xffff_ffffn);
      if (!cpu.mmu.walk(regime, hi, lo, access | privilege, out) || !each(out.pa, done, count)) return false;
      done += count;
    }
    return true;
  };
  return {
    read(address, length) {
      const bytes = new Uint8Array(length);
      const ok = pages(address, length, READ, (pa, from, count) => {
        const part = cpu.bus.readBytes(pa, count);
        if (part !== undefined) bytes.set(part, from);
        return part !== undefined;
      });
      return ok ? bytes : undefined;
    },
    write: (address, bytes) =>
      pages(address, bytes.length, WRITE, (pa, from, count) =>
        cpu.bus.writeBytes(pa, bytes.subarray(from, from + count)),
      ),
  };
}
