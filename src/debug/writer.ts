/** A buffered line writer: gathers lines of text and hands them on in large pieces. */

/** Characters gathered before they are handed on. */
const CHUNK = 65_536;

/** Collects lines for a `write` port; nothing reaches the port before a chunk is full or `flush` is called. */
export class LineWriter {
  private pending = '';

  constructor(private readonly write: (text: string) => void) {}

  /** Adds text, which may hold several lines, and ends its last line. */
  line(text: string): void {
    this.pending += text;
    this.pending += '\n';
    if (this.pending.length >= CHUNK) this.flush();
  }

  /** Hands on what is gathered. Call it before the process ends and before anyone else reads the file. */
  flush(): void {
    if (this.pending === '') return;
    const text = this.pending;
    this.pending = '';
    this.write(text);
  }
}
