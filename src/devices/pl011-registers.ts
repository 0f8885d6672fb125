/** Registers of the PL011: offsets, fields and reset values (DDI 0183, chapter 3). */

export const DR = 0x000;
export const RSR = 0x004;
export const FR = 0x018;
const ILPR = 0x020;
const IBRD = 0x024;
const FBRD = 0x028;
const LCR_H = 0x02c;
const CR = 0x030;
const IFLS = 0x034;
const IMSC = 0x038;
export const RIS = 0x03c;
export const MIS = 0x040;
export const ICR = 0x044;
const DMACR = 0x048;
/** UARTPeriphID0..3 and UARTPCellID0..3, one byte every 4 bytes from here. */
export const ID = 0xfe0;
export const ID_BYTES = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** Registers that hold what was written: offset, writable bits, reset value. */
export const STORED = {
  ilpr: [ILPR, 0xff, 0],
  ibrd: [IBRD, 0xffff, 0],
  fbrd: [FBRD, 0x3f, 0],
  lcrH: [LCR_H, 0xff, 0],
  cr: [CR, 0xff87, 0x300],
  ifls: [IFLS, 0x3f, 0x12],
  imsc: [IMSC, 0x7ff, 0],
  dmacr: [DMACR, 7, 0],
} as const;
export type StoredRegister = keyof typeof STORED;
export const STORED_AT = new Map(
  Object.entries(STORED).map(([name, [at, mask]]) => [at as number, { name: name as StoredRegister, mask }]),
);

export const LCR_H_FEN = 1 << 4;
export const CR_UARTEN = 1 << 0;
export const CR_LBE = 1 << 7;
export const CR_TXE = 1 << 8;
export const FR_RXFE = 1 << 4;
export const FR_RXFF = 1 << 6;
export const FR_TXFE = 1 << 7;
export const INT_RX = 1 << 4;
export const INT_TX = 1 << 5;
export const INT_RT = 1 << 6;
export const INT_OE = 1 << 10;
export const INT_ALL = 0x7ff;
export const DR_OE = 1 << 11;
export const RSR_OE = 1 << 3;

export const FIFO_DEPTH = 16;
/** Receive trigger level by IFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8 of the FIFO; reserved values act as 7/8. */
export const RX_TRIGGER = [2, 4, 8, 12, 14, 14, 14, 14];
