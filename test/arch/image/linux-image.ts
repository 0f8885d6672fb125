/** Makes arm64 Linux `Image` files that are only headers (Linux, Documentation/arm64/booting.rst). */

export interface ImageFields {
  textOffset?: number | bigint;
  /** Bytes of the kernel with its BSS. */
  imageSize?: number | bigint;
  flags?: number;
  /** File offset and bytes of each section of the EFI stub; without them there is no stub. */
  sections?: readonly (readonly [offset: number, bytes: number])[];
}

const PE = 0x40;
const FILE_BYTES = 0x1000;

/** An Image of 4 KiB. */
export function linuxImage({ textOffset = 0, imageSize = FILE_BYTES, flags = 0xa, sections }: ImageFields): Uint8Array {
  const file = new Uint8Array(FILE_BYTES);
  const view = new DataView(file.buffer);
  view.setBigUint64(8, BigInt(textOffset), true);
  view.setBigUint64(16, BigInt(imageSize), true);
  view.setBigUint64(24, BigInt(flags), true);
  file.set([0x41, 0x52, 0x4d, 0x64], 56);
  if (sections === undefined) return file;
  file.set([0x4d, 0x5a]);
  view.setUint32(60, PE, true);
  file.set([0x50, 0x45], PE);
  view.setUint16(PE + 6, sections.length, true);
  for (const [index, [offset, bytes]] of sections.entries()) {
    view.setUint32(PE + 24 + index * 40 + 16, bytes, true);
    view.setUint32(PE + 24 + index * 40 + 20, offset, true);
  }
  return file;
}
