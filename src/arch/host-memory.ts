/** The one linear memory of a machine: CPU structs, op records, soft TLBs and guest frames live in it. */

const WASM_PAGE = 0x1_0000;
const MAX_PAGES = 0x1_0000;
const INITIAL_PAGES = 0x100;

/** Thrown when the 4 GiB of a 32-bit linear memory are used up. */
export class OutOfHostMemory extends Error {}

/** Linear memory with a bump allocator. The views are replaced when it grows: read them afresh at each use. */
export class HostMemory {
  readonly memory: WebAssembly.Memory;
  u8!: Uint8Array;
  u16!: Uint16Array;
  i32!: Int32Array;
  u32!: Uint32Array;
  f64!: Float64Array;
  private next = WASM_PAGE;
  private readonly followers: ((buffer: ArrayBuffer) => void)[] = [];

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES });
    this.refresh();
  }

  /** Bytes handed out so far. */
  get used(): number {
    return this.next;
  }

  /** Returns the offset of `bytes` fresh zero bytes; `align` is a power of two. Throws OutOfHostMemory. */
  alloc(bytes: number, align = 16): number {
    const at = Math.ceil(this.next / align) * align;
    const end = at + bytes;
    if (end > this.memory.buffer.byteLength && !this.reach(Math.ceil(end / WASM_PAGE))) {
      throw new OutOfHostMemory('guest memory in use has reached the 4 GiB that one machine can hold');
    }
    this.next = end;
    return at;
  }

  /** Grows to `pages` at least, and to twice the size if the host gives it: V8 collects garbage whenever memory grows. */
  private reach(pages: number): boolean {
    if (pages > MAX_PAGES) return false;
    const have = this.memory.buffer.byteLength / WASM_PAGE;
    const twice = Math.min(Math.max(2 * have, pages), MAX_PAGES);
    return this.grow(twice - have) || this.grow(pages - have);
  }

  private grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
    } catch {
      return false;
    }
    this.refresh();
    return true;
  }

  /** Gives the buffer to the owner of a view, now and whenever it is replaced. */
  follow(follower: (buffer: ArrayBuffer) => void): void {
    this.followers.push(follower);
    follower(this.memory.buffer);
  }

  private refresh(): void {
    const buffer = this.memory.buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
    for (const follower of this.followers) follower(buffer);
  }
}
