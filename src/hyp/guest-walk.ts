/** The memory of a guest by its own VAs, through both stages, while its vCPU is in a CPU. */

import { ipa, type Va, va } from '../arch/addresses.ts';
import { regimeFor } from '../cpu/system/regimes.ts';
import { rangeOf } from '../mmu/regime.ts';
import { READ, Translation, WRITE } from '../mmu/translation.ts';
import type { WalkStep } from '../mmu/visitor.ts';
import type { Pcpu } from './pcpu.ts';

const PAGE_BYTES = 0x1000;
/** A walk meets at most a missing page for each of four tables and for the output, which may also be write-protected. */
const MAX_FAULTS = 6;

const translation = new Translation();
const hiOf = (address: Va): number => Number(address >> 32n);
const loOf = (address: Va): number => Number(address & 0xffff_ffffn);

/** Level of the stage-1 descriptor for a VA that lies where the guest has no memory. */
export function unreadableLevel({ cpu }: Pcpu, address: Va): number {
  const regime = regimeFor(cpu, 'EL1&0');
  let level = rangeOf(regime, hiOf(address)).startLevel;
  const visitor = {
    step(step: WalkStep): void {
      if (step.stage === 1) level = step.level + 1;
    },
  };
  cpu.mmu.walk(regime, hiOf(address), loOf(address), READ, translation, visitor);
  return level;
}

/** PA of a VA as EL1 may access it; pages that are missing in stage 2 are populated. Undefined where it faults. */
function physical({ cpu, vcpu }: Pcpu, address: Va, access: typeof READ | typeof WRITE): number | undefined {
  const regime = regimeFor(cpu, 'EL1&0');
  for (let faults = 0; faults <= MAX_FAULTS; faults++) {
    if (cpu.mmu.walk(regime, hiOf(address), loOf(address), access, translation)) return translation.pa;
    const { fault } = translation;
    const write = access === WRITE && !fault.s1ptw;
    if (fault.stage !== 2 || vcpu?.vm.memory.mapping.resolve(ipa(fault.ipa), write) !== 'mapped') return undefined;
  }
  return undefined;
}

/** Calls `piece` with the PA of each part of [address, address + length) that lies in one page; false if one faults. */
function eachPiece(
  pcpu: Pcpu,
  address: Va,
  length: number,
  access: typeof READ | typeof WRITE,
  piece: (pa: number, done: number, count: number) => void,
): boolean {
  for (let done = 0; done < length; ) {
    const at = va(address + BigInt(done));
    const count = Math.min(PAGE_BYTES - (loOf(at) % PAGE_BYTES), length - done);
    const pa = physical(pcpu, at, access);
    if (pa === undefined) return false;
    piece(pa, done, count);
    done += count;
  }
  return true;
}

/** Copies guest memory out as EL1 reads it; undefined if a byte cannot be read. */
export function readGuest(pcpu: Pcpu, address: Va, length: number): Uint8Array | undefined {
  const out = new Uint8Array(length);
  const { bus } = pcpu.cpu;
  const isRead = eachPiece(pcpu, address, length, READ, (pa, done, count) => {
    out.set(bus.readBytes(pa, count) ?? [], done);
  });
  return isRead ? out : undefined;
}

/** Copies bytes into guest memory as EL1 writes it; false if a byte cannot be written, when those before it have been. */
export function writeGuest(pcpu: Pcpu, address: Va, bytes: Uint8Array): boolean {
  const { bus } = pcpu.cpu;
  return eachPiece(pcpu, address, bytes.length, WRITE, (pa, done, count) => {
    bus.writeBytes(pa, bytes.subarray(done, done + count));
  });
}
