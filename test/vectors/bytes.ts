/** Little-endian byte streams: the primitives of the vector files and of the recorder's batches. */

/** Appends integers and bytes to a buffer that grows. */
export class ByteWriter {
  private buffer = new Uint8Array(1 << 16);
  private view = new DataView(this.buffer.buffer);
  private at = 0;

  /** A copy of what was written. */
  get bytes(): Uint8Array {
    return this.buffer.slice(0, this.at);
  }
  u8(value: number): void {
    const at = this.take(1);
    this.view.setUint8(at, value);
  }
  u32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }
  u64(value: bigint | number): void {
    const at = this.take(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }
  /** LEB128 of a uint32. */
  varint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }
  raw(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    this.buffer.set(bytes, at);
  }
  /** UTF-8 after its length. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  private take(bytes: number): number {
    const from = this.at;
    this.at += bytes;
    if (this.at > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.at, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return from;
  }
}

/** Reads what `ByteWriter` wrote; throws RangeError past the end. */
export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }
  u8(): number {
    return this.view.getUint8(this.skip(1));
  }
  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.skip(8), true);
  }
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  /** A view of the next bytes, not a copy. */
  raw(length: number): Uint8Array {
    const from = this.skip(length);
    if (this.at > this.bytes.length) throw new RangeError('byte stream ends early');
    return this.bytes.subarray(from, this.at);
  }
  text(): string {
    return new TextDecoder().decode(this.raw(this.varint()));
  }

  private skip(bytes: number): number {
    const from = this.at;
    this.at += bytes;
    return from;
  }
}
