/** A queue of bytes on their way from the host to a guest, cheap at both ends. */

const COMPACT_AT = 4096;

/** Bytes in the order of their arrival. */
export class InputQueue {
  private bytes: number[] = [];
  private head = 0;

  get length(): number {
    return this.bytes.length - this.head;
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte);
  }

  /** Takes the oldest byte; 0 if there is none. */
  shift(): number {
    if (this.length === 0) return 0;
    const byte = this.bytes[this.head++];
    if (this.head >= COMPACT_AT) {
      this.bytes = this.bytes.slice(this.head);
      this.head = 0;
    }
    return byte;
  }

  toArray(): number[] {
    return this.bytes.slice(this.head);
  }
}
