/** Memory types and shareability in words. */

const DEVICE = ['nGnRnE', 'nGnRE', 'nGRE', 'GRE'];
const CACHEABILITY = ['', 'NC', 'WT', 'WB'];
const SHAREABILITY = ['none', 'reserved', 'outer', 'inner'];

/** SH[1:0] of a descriptor. */
export const shareabilityText = (sh: number): string => SHAREABILITY[sh];

const normal = (outer: string, inner: string): string =>
  outer === inner ? `Normal ${outer}` : `Normal outer ${outer} inner ${inner}`;

/** Stage-2 MemAttr[3:0] (DDI 0487, "Stage 2 memory region type and Cacheability attributes"). */
export function memAttrText(memAttr: number): string {
  const outer = memAttr >>> 2;
  const inner = memAttr & 3;
  if (outer === 0) return `Device-${DEVICE[inner]}`;
  return inner === 0 ? 'reserved' : normal(CACHEABILITY[outer], CACHEABILITY[inner]);
}

/** Half of a MAIR byte of Normal memory, allocation hints left out. */
function half(nibble: number): string {
  if (nibble === 0b0100) return 'NC';
  return `${nibble & 0b0100 ? 'WB' : 'WT'}${nibble & 0b1000 ? '' : ' transient'}`;
}

/** A MAIR byte (DDI 0487, "MAIR_EL1", encodings of Attr); UNPREDICTABLE encodings must have been replaced. */
export function mairText(byte: number): string {
  return (byte & 0xf0) === 0 ? `Device-${DEVICE[(byte >>> 2) & 3]}` : normal(half(byte >>> 4), half(byte & 0xf));
}
