/** The slow path of loads and stores: translation, faults, MMIO, watched pages, and accesses over two pages. */

import { Fault } from '../../arch/fault.ts';
import { FRAME_BYTES, inFrame } from '../../devices/frames.ts';
import { READ, Translation, UNPRIVILEGED, WRITE } from '../../mmu/translation.ts';
import { LEAVE, NEXT, type Outcome } from '../core.ts';
import { ACCESS_UNPRIVILEGED, ACCESS_WRITE, ACCESS_ZERO_BLOCK, SIZE_MASK } from '../ir/access.ts';
import { ACCESS_DATA, ACCESS_VA } from '../slots.ts';
import { watchpointTaken } from '../system/debug/debug-exceptions.ts';
import { dataAbort } from '../system/exceptions.ts';
import { abortAccess } from './abort-access.ts';
import type { Cpu } from './cpu.ts';
import type { DeviceAccess } from './device-access.ts';
import { deliver, loadAligned, storeAligned } from './ram-access.ts';

/** Whether RAM, written to RAM that is not read-only, or a device answers at a PA. */
const isPresent = ({ bus }: Cpu, pa: number, kind: number): boolean =>
  (kind === WRITE ? bus.isWritable(pa) : bus.isRam(pa)) || bus.deviceAt(pa) !== undefined;

export class MemoryAccess {
  private readonly first = new Translation();
  private readonly second = new Translation();
  private readonly fault = new Fault();
  private readonly bytes = new Uint8Array(8);
  /** ACCESS_VA, as int32, which V8 passes on without an allocation. */
  private vaHi = 0;
  private vaLo = 0;

  /** `written` reports a store to RAM; it says whether code was there. */
  constructor(
    private readonly devices: DeviceAccess,
    private readonly written: (pa: number, bytes: number) => boolean,
  ) {}

  /** Performs the load of ACCESS_VA into ACCESS_DATA, or takes the fault. */
  load(cpu: Cpu, access: number): Outcome {
    if (!this.allowed(cpu, access, READ)) return LEAVE;
    const { bus, state } = cpu;
    const { pa } = this.first;
    const size = access & SIZE_MASK;
    const inFirst = FRAME_BYTES - inFrame(this.vaLo);
    const frame = inFirst < size ? 0 : bus.frame(pa);
    if (frame !== 0) {
      const storable = this.first.writable && bus.isWritable(pa) && !cpu.code.hasCode(pa);
      this.fillSoftTlb(cpu, access, frame, storable);
    }
    if (frame !== 0 && (pa & (size - 1)) === 0) {
      loadAligned(state, access, frame + inFrame(pa));
      return NEXT;
    }
    if (frame === 0 && inFirst >= size) this.enterDevice(cpu, access);
    if (!this.readPart(cpu, this.first, access, 0, Math.min(size, inFirst))) return LEAVE;
    if (inFirst < size && !this.readPart(cpu, this.second, access, inFirst, size)) return LEAVE;
    const { bytes } = this;
    const lo = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24);
    deliver(state, access, bytes[4] | (bytes[5] << 8) | (bytes[6] << 16) | (bytes[7] << 24), lo);
    return NEXT;
  }

  /** Performs the store of ACCESS_DATA to ACCESS_VA, or takes the fault. */
  store(cpu: Cpu, access: number): Outcome {
    if (!this.allowed(cpu, access, WRITE)) return LEAVE;
    const { bus, state } = cpu;
    const { pa } = this.first;
    const size = access & SIZE_MASK;
    const inFirst = FRAME_BYTES - inFrame(this.vaLo);
    const frame = inFirst < size ? 0 : bus.frame(pa);
    const isWritable = frame !== 0 && bus.isWritable(pa);
    const hasCode = isWritable && cpu.code.hasCode(pa);
    if (frame !== 0) this.fillSoftTlb(cpu, access, frame, isWritable && !hasCode);
    if (isWritable && (pa & (size - 1)) === 0) {
      storeAligned(state, size, frame + inFrame(pa));
      if (hasCode && this.written(pa, size)) cpu.leaveAfterInstruction();
      return NEXT;
    }
    if (frame === 0 && inFirst >= size) this.enterDevice(cpu, access);
    const { bytes } = this;
    const lo = state.lo(ACCESS_DATA);
    const hi = state.hi(ACCESS_DATA);
    for (let i = 0; i < 4; i++) {
      bytes[i] = lo >>> (8 * i);
      bytes[4 + i] = hi >>> (8 * i);
    }
    if (!this.writePart(cpu, this.first, access, 0, Math.min(size, inFirst))) return LEAVE;
    return inFirst >= size || this.writePart(cpu, this.second, access, inFirst, size) ? NEXT : LEAVE;
  }

  /** Takes the alignment fault of an access to ACCESS_VA. */
  alignmentFault(cpu: Cpu, access: number): void {
    this.fault.set('alignment', 1, 0);
    this.abort(cpu, this.fault, cpu.state.hi(ACCESS_VA), cpu.state.lo(ACCESS_VA), access);
  }

  /** All that may keep the access from happening: faults, then watchpoints. False after an exception was taken. */
  private allowed(cpu: Cpu, access: number, kind: typeof READ | typeof WRITE): boolean {
    if (!this.translate(cpu, access, kind)) return false;
    const { contexts } = cpu;
    if (!contexts.debug.anyWatched) return true;
    const unprivileged = (contexts.privilege((access & ACCESS_UNPRIVILEGED) !== 0) & UNPRIVILEGED) !== 0;
    const size = access & SIZE_MASK;
    return !watchpointTaken(cpu, this.vaHi >>> 0, this.vaLo >>> 0, size, kind === WRITE, unprivileged);
  }

  /** Translates all bytes of the access, both pages before anything is done (law 2). False after a fault was taken. */
  private translate(cpu: Cpu, access: number, kind: number): boolean {
    const vaHi = cpu.state.hi(ACCESS_VA) | 0;
    const vaLo = cpu.state.lo(ACCESS_VA) | 0;
    this.vaHi = vaHi;
    this.vaLo = vaLo;
    const size = access & SIZE_MASK;
    const { regime } = cpu.contexts;
    const word = kind | cpu.contexts.privilege((access & ACCESS_UNPRIVILEGED) !== 0);
    if (!cpu.mmu.translate(regime, vaHi, vaLo, word, this.first))
      return this.abort(cpu, this.first.fault, vaHi, vaLo, access);
    const aligned = (vaLo & (size - 1)) === 0;
    if (this.first.device && (!aligned || (access & ACCESS_ZERO_BLOCK) !== 0)) {
      this.fault.set('alignment', 1, 0);
      return this.abort(cpu, this.fault, vaHi, vaLo, access);
    }
    const lastLo = (vaLo + size - 1) | 0;
    if (lastLo >>> 12 === vaLo >>> 12) return true;
    const nextLo = lastLo & ~(FRAME_BYTES - 1);
    const nextHi = nextLo === 0 ? (vaHi + 1) | 0 : vaHi;
    if (!cpu.mmu.translate(regime, nextHi, nextLo, word, this.second)) {
      return this.abort(cpu, this.second.fault, nextHi, nextLo, access);
    }
    if (this.second.device) {
      this.fault.set('alignment', 1, 0);
      return this.abort(cpu, this.fault, vaHi, vaLo, access);
    }
    if (!isPresent(cpu, this.first.pa, kind)) return this.external(cpu, access, vaHi, vaLo);
    return isPresent(cpu, this.second.pa, kind) || this.external(cpu, access, nextHi, nextLo);
  }

  private abort(cpu: Cpu, fault: Fault, vaHi: number, vaLo: number, access: number): false {
    dataAbort(cpu, fault, vaHi, vaLo, abortAccess(cpu.currentWord(), (access & ACCESS_WRITE) !== 0));
    return false;
  }

  /** Takes the external abort of an access of which the byte at the VA is the first that nothing answers. */
  private external(cpu: Cpu, access: number, vaHi: number, vaLo: number): false {
    this.fault.set('external', 1, 0);
    return this.abort(cpu, this.fault, vaHi, vaLo, access);
  }

  /** The same for an access that lies in one page. */
  private unanswered(cpu: Cpu, access: number): false {
    return this.external(cpu, access, this.vaHi, this.vaLo);
  }

  /** Lets the next access to the page take the fast path, where it can; stores only with `storable`. */
  private fillSoftTlb(cpu: Cpu, access: number, frame: number, storable: boolean): void {
    const { contexts } = cpu;
    const context = contexts.forAccess((access & ACCESS_UNPRIVILEGED) !== 0);
    contexts.enter(context, this.vaHi, this.vaLo, frame, this.first, storable);
  }

  /** Lets the next access to the page find its device without a translation, if there is one. */
  private enterDevice(cpu: Cpu, access: number): void {
    const { bus, contexts } = cpu;
    const number = bus.devices.pageOf(this.first.pa);
    if (number === 0) return;
    const context = contexts.forAccess((access & ACCESS_UNPRIVILEGED) !== 0);
    contexts.enterDevice(context, this.vaHi, this.vaLo, number, this.first);
  }

  /** Reads bytes [from, to) of the access, which lie in one page; `part` translates byte `from`. */
  private readPart(cpu: Cpu, part: Translation, access: number, from: number, to: number): boolean {
    const { bytes } = this;
    const frame = cpu.bus.frame(part.pa);
    if (frame !== 0) {
      const at = frame + inFrame(part.pa);
      const { u8 } = cpu.state.memory;
      for (let i = from; i < to; i++) bytes[i] = u8[at + i - from];
      return true;
    }
    return this.devices.transfer(cpu, part.pa, bytes, from, to, false) || this.unanswered(cpu, access);
  }

  private writePart(cpu: Cpu, part: Translation, access: number, from: number, to: number): boolean {
    const { bytes } = this;
    const { pa } = part;
    const frame = cpu.bus.isWritable(pa) ? cpu.bus.frame(pa) : 0;
    if (frame !== 0) {
      const at = frame + inFrame(pa);
      const { u8 } = cpu.state.memory;
      for (let i = from; i < to; i++) u8[at + i - from] = bytes[i];
      if (this.written(pa, to - from)) cpu.leaveAfterInstruction();
      return true;
    }
    return this.devices.transfer(cpu, pa, bytes, from, to, true) || this.unanswered(cpu, access);
  }
}
