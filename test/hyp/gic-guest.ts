/** Guests that take interrupts: they turn their GIC on, and a handler counts what comes. */

import { add, b, code, hvc, ldr, ldrW, mov, msr, str } from './a64.ts';
import type { Host, TestVm } from './harness.ts';

export const GICD = 0x0800_0000;
export const GICC = 0x0801_0000;
export const VECTORS = 0x4010_0000;
/** Where the handler counts interrupts: a word for each INTID. */
export const COUNTS = 0x4200_0000;
export const ERET = 0xd69f_03e0;
export const UNMASK = 0xd503_42ff;
export const MASK = 0xd503_42df;
/** B.EQ four instructions on. */
export const BEQ_4 = 0x5400_0080;
export const YIELD = [...mov(0, 0xc600_0001), hvc()];
export const strW = (rt: number, rn: number): number => (0xb900_0000 | (rn << 5) | rt) >>> 0;
export const write = (at: number, value: number): number[] => [...mov(1, value), ...mov(2, at), strW(1, 2)];
const lslAdd = (rd: number, rn: number, rm: number, by: number): number =>
  (0x8b00_0000 | (rm << 16) | (by << 10) | (rn << 5) | rd) >>> 0;
const andMask = (rd: number, rn: number): number => (0x9240_2400 | (rn << 5) | rd) >>> 0;

/** Enables the CPU interface and the distributor, INTIDs 0 to 63 at priority 0 (reset) to all CPUs. */
export const GIC_ON = [
  ...[...mov(9, VECTORS), msr('VBAR_EL1', 9)],
  ...[...write(GICD, 1), ...write(GICD + 0x100, 0xffff_ffff), ...write(GICD + 0x104, 0xffff_ffff)],
  ...[...write(GICC + 4, 0xf0), ...write(GICC, 1)],
];
/** Acknowledges, counts by INTID, keeps the last IAR in X20, silences the virtual timer, ends. Uses X10 to X15. */
const HANDLER = code(
  mov(10, GICC + 0xc),
  ldrW(20, 10),
  andMask(11, 20),
  mov(12, COUNTS),
  lslAdd(12, 12, 11, 3),
  ldr(13, 12),
  add(13, 13, 1),
  str(13, 12),
  msr('CNTV_CTL_EL0', 31),
  msr('CNTP_CTL_EL0', 31),
  mov(10, GICC + 0x10),
  strW(20, 10),
  ERET,
);

export function guestOf(host: Host, program: Uint8Array, options: { vcpus?: number; name?: string } = {}): TestVm {
  const guest = host.program(program, options);
  for (const vector of [0x280, 0x480]) guest.vm.writeBytes(VECTORS + vector, code(b((0x800 - vector) / 4)));
  guest.vm.writeBytes(VECTORS + 0x800, HANDLER);
  return guest;
}

/** How often the handler had an INTID. */
export const taken = (guest: TestVm, intid: number): bigint => guest.word(COUNTS + 8 * intid);
