/** Loads and stores of devices: at once where the soft TLB knows the page as theirs, else once it was translated. */

import { CATEGORIES } from '../../arch/trace.ts';
import type { DeviceRegion } from '../../devices/device-map.ts';
import { inFrame } from '../../devices/frames.ts';
import { ACCESS_UNPRIVILEGED, ACCESS_ZERO_BLOCK, SIZE_MASK } from '../ir/access.ts';
import { ACCESS_DATA, ACCESS_VA } from '../slots.ts';
import type { Cpu } from './cpu.ts';
import { deliver, lowMask } from './ram-access.ts';

type Size = 1 | 2 | 4;

export class DeviceAccess {
  private offset = 0;

  /** Performs the load of ACCESS_VA into ACCESS_DATA; false, and nothing is done, unless the soft TLB knows the device. */
  load(cpu: Cpu, access: number): boolean {
    const region = this.known(cpu, access, false);
    if (region === undefined) return false;
    deliver(cpu.state, access, 0, this.read(cpu, region, this.offset, (access & SIZE_MASK) as Size));
    cpu.leaveIfLinesChanged();
    return true;
  }

  /** The same for the store of ACCESS_DATA to ACCESS_VA. */
  store(cpu: Cpu, access: number): boolean {
    const region = this.known(cpu, access, true);
    if (region === undefined) return false;
    const size = (access & SIZE_MASK) as Size;
    this.write(cpu, region, this.offset, size, (cpu.state.lo(ACCESS_DATA) & lowMask(size)) >>> 0);
    cpu.leaveIfLinesChanged();
    return true;
  }

  /** The region of an access that a device knows as it is, and its offset in `offset`. */
  private known({ bus, contexts, state }: Cpu, access: number, write: boolean): DeviceRegion | undefined {
    const vaLo = state.lo(ACCESS_VA) | 0;
    const size = access & SIZE_MASK;
    if (size > 4 || (access & ACCESS_ZERO_BLOCK) !== 0) return undefined;
    const { softTlb } = contexts.forAccess((access & ACCESS_UNPRIVILEGED) !== 0);
    const number = softTlb.deviceAt(state.hi(ACCESS_VA) | 0, vaLo, write);
    if (number === 0) return undefined;
    const part = bus.devices.partAt(number, inFrame(vaLo));
    if (part === undefined) return undefined;
    this.offset = inFrame(vaLo) - part.first;
    return ((vaLo | this.offset) & (size - 1)) === 0 ? part.region : undefined;
  }

  /**
   * Reads bytes [from, to) of an access into `bytes`, or writes them from there, in naturally aligned accesses of at most
   * 4 bytes. Byte `from` is at the PA. False where there is no device.
   */
  transfer(cpu: Cpu, pa: number, bytes: Uint8Array, from: number, to: number, write: boolean): boolean {
    const region = cpu.bus.deviceAt(pa);
    if (region === undefined) return false;
    for (let i = from; i < to; ) {
      const offset = pa + i - from - region.base;
      let size: Size = 4;
      while (size > to - i || offset % size !== 0) size = (size >> 1) as Size;
      if (write) {
        let value = 0;
        for (let k = size - 1; k >= 0; k--) value = ((value << 8) | bytes[i + k]) >>> 0;
        this.write(cpu, region, offset, size, value);
      } else {
        const value = this.read(cpu, region, offset, size);
        for (let k = 0; k < size; k++) bytes[i + k] = value >>> (8 * k);
      }
      i += size;
    }
    cpu.leaveIfLinesChanged();
    return true;
  }

  private read(cpu: Cpu, region: DeviceRegion, offset: number, size: Size): number {
    const value = region.device.read(offset, size, cpu.index) >>> 0;
    if (cpu.trace.on(CATEGORIES.mmio)) traceAccess(cpu, 'read', region, offset, size, value);
    return value;
  }

  private write(cpu: Cpu, region: DeviceRegion, offset: number, size: Size, value: number): void {
    region.device.write(offset, size, value, cpu.index);
    if (cpu.trace.on(CATEGORIES.mmio)) traceAccess(cpu, 'write', region, offset, size, value);
  }
}

function traceAccess(
  { trace, index }: Cpu,
  type: 'read' | 'write',
  { base, device }: DeviceRegion,
  offset: number,
  size: Size,
  value: number,
): void {
  trace.sink(index, { category: 'mmio', type, device: device.name, pa: base + offset, offset, size, value });
}
