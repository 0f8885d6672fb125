/** Console output as text, watched for what ends a run. */

export type Seen = 'until' | 'failOn';

/** Characters kept for `all`; older ones go. */
const KEPT = 1 << 20;

/** Collects bytes as Latin-1 characters, so that a text in UTF-8 is found by its bytes. */
export class ConsoleText {
  all = '';
  /** Which watched text has been printed since `watch`. */
  seen: Seen | undefined;
  private until: string | undefined;
  private failOn: string | undefined;
  private from = 0;

  /** Watches what is printed from now on. */
  watch(until: string | undefined, failOn: string | undefined): void {
    this.until = until === undefined ? undefined : utf8(until);
    this.failOn = failOn === undefined ? undefined : utf8(failOn);
    this.seen = undefined;
    this.from = this.all.length;
  }

  /** Adds output; true when a watched text is now there. */
  add(bytes: Uint8Array): boolean {
    for (const byte of bytes) this.all += String.fromCharCode(byte);
    if (this.all.length > 2 * KEPT) {
      this.from = Math.max(0, this.from - (this.all.length - KEPT));
      this.all = this.all.slice(-KEPT);
    }
    if (this.seen !== undefined) return true;
    if (this.ends(this.failOn, bytes.length)) this.seen = 'failOn';
    else if (this.ends(this.until, bytes.length)) this.seen = 'until';
    return this.seen !== undefined;
  }

  /** Whether `text` ends within the last `added` characters. */
  private ends(text: string | undefined, added: number): boolean {
    if (text === undefined) return false;
    const start = Math.max(this.from, this.all.length - added - text.length + 1);
    return this.all.indexOf(text, start) >= 0;
  }
}

/** The UTF-8 bytes of a text, one character each. */
const utf8 = (text: string): string =>
  encodeURIComponent(text).replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
