/** Follows the descriptors of a chain, direct and indirect (VIRTIO 1.2, 2.7.5). */

import type { Dma } from '../dma.ts';
import { Buffers, type Chain } from './buffers.ts';

/** Flags. */
const NEXT = 1 << 0;
const WRITE = 1 << 1;
const INDIRECT = 1 << 2;
const DESCRIPTOR_BYTES = 16;
/** Descriptors of a chain at the most, whatever the size of an indirect table: the greatest size of a queue on QEMU. */
const MAX_CHAIN = 1024;
/** Bytes of a chain at the most. */
export const MAX_BYTES = 2 ** 32;

/** What is wrong with a ring that cannot be reached. */
export const NOT_RAM = 'is not in RAM';

/** Where descriptors are. */
export interface DescriptorTable {
  /** Bus address. */
  readonly address: number;
  readonly entries: number;
  readonly allowsIndirect: boolean;
}

const bytes = new Uint8Array(DESCRIPTOR_BYTES);
const view = new DataView(bytes.buffer);

/** The chain that begins at descriptor `head`, or what is wrong with it. `buffersDma` moves what its buffers hold. */
export function followChain(dma: Dma, buffersDma: Dma, table: DescriptorTable, head: number): Chain | string {
  const chain = { head, readable: new Buffers(buffersDma), writable: new Buffers(buffersDma) };
  let { address: base, entries, allowsIndirect } = table;
  let index = head;
  for (let count = 1; ; count++) {
    if (index >= entries) return `has descriptor ${index} of ${entries}`;
    if (count > Math.min(entries, MAX_CHAIN)) return 'has a chain that is too long, or a loop';
    if (!dma.read(base + index * DESCRIPTOR_BYTES, bytes)) return NOT_RAM;
    const address = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
    const length = view.getUint32(8, true);
    const flags = view.getUint16(12, true);
    if ((flags & INDIRECT) !== 0) {
      if (!allowsIndirect || (flags & NEXT) !== 0) return 'has an indirect descriptor where none may be';
      if (length === 0 || length % DESCRIPTOR_BYTES !== 0) return `has a table of ${length} bytes`;
      allowsIndirect = false;
      base = address;
      entries = length / DESCRIPTOR_BYTES;
      index = 0;
      count = 0;
      continue;
    }
    const isWritable = (flags & WRITE) !== 0;
    if (!isWritable && chain.writable.left > 0) return 'has a readable buffer behind a writable one';
    (isWritable ? chain.writable : chain.readable).add(address, length);
    if (chain.readable.left + chain.writable.left > MAX_BYTES) return 'has a chain above 4 GiB';
    if ((flags & NEXT) === 0) return chain;
    index = view.getUint16(14, true);
  }
}
