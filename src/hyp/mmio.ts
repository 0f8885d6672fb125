/** Performs a guest's load or store on a device model, from what the syndrome says of it. */

import { ISS_ISV, ISS_WNR } from '../arch/syndrome.ts';
import type { Device } from '../devices/device.ts';
import type { DeviceSlot } from './address-map.ts';
import type { Exit } from './exit.ts';

/** Fields of the ISS of a Data Abort while ISV is 1 (DDI 0487, "ISS encoding for an exception from a Data Abort"). */
const sizeOf = (iss: number): number => 1 << ((iss >>> 22) & 3);
const SSE = 1 << 21;
const SF = 1 << 15;
const registerOf = (iss: number): number => (iss >>> 16) & 31;

/** Why an access cannot be emulated. */
export type MmioFailure = 'no instruction syndrome (ISV = 0)' | 'it ends outside the device';

/** Does the access at `offset` of a device and moves PC on; gives the reason when that is not possible. */
export function emulateAccess(exit: Exit, { device, bytes }: DeviceSlot, offset: number): MmioFailure | undefined {
  const { iss } = exit;
  if ((iss & ISS_ISV) === 0) return 'no instruction syndrome (ISV = 0)';
  const size = sizeOf(iss);
  if (offset + size > bytes) return 'it ends outside the device';
  if ((iss & ISS_WNR) !== 0) store(exit, device, offset, size);
  else load(exit, device, offset, size, iss);
  exit.skip();
  return undefined;
}

/** Bytes of the largest naturally aligned access that a device takes at `offset`, at most `size`. */
function pieceAt(offset: number, size: number): 1 | 2 | 4 {
  if (size >= 4 && offset % 4 === 0) return 4;
  return size >= 2 && offset % 2 === 0 ? 2 : 1;
}

const bytes = new Uint8Array(8);
const view = new DataView(bytes.buffer);

function store(exit: Exit, device: Device, offset: number, size: number): void {
  const cpu = exit.vcpu.index;
  const rt = registerOf(exit.iss);
  view.setUint32(0, exit.lo(rt), true);
  view.setUint32(4, exit.hi(rt), true);
  for (let done = 0; done < size; ) {
    const piece = pieceAt(offset + done, size - done);
    let value = 0;
    for (let i = piece - 1; i >= 0; i--) value = ((value << 8) | bytes[done + i]) >>> 0;
    device.write(offset + done, piece, value, cpu);
    done += piece;
  }
}

function load(exit: Exit, device: Device, offset: number, size: number, iss: number): void {
  bytes.fill(0);
  for (let done = 0; done < size; ) {
    const piece = pieceAt(offset + done, size - done);
    const value = device.read(offset + done, piece, exit.vcpu.index);
    for (let i = 0; i < piece; i++) bytes[done + i] = value >>> (8 * i);
    done += piece;
  }
  let lo = view.getUint32(0, true);
  let hi = view.getUint32(4, true);
  if ((iss & SSE) !== 0 && size < 8) {
    const unused = 32 - size * 8;
    lo = (lo << unused) >> unused;
    hi = (iss & SF) !== 0 ? lo >> 31 : 0;
  }
  exit.setX(registerOf(iss), hi, lo);
}
