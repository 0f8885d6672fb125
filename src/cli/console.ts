/** Guests' consoles: bytes gathered for one destination, each console watched for the texts that end a run. */

import { ConsoleText, type Seen } from '../machine/console-text.ts';

/** Bytes gathered before they are handed on; the rest follows at `flush`. */
const CHUNK = 0x1_0000;
const NEWLINE = 0x0a;
/** Bytes of a line behind a prefix; what is longer goes on in a line of its own. */
const LONGEST = 4096;

/** Texts that end a run. */
export interface Watched {
  readonly until: string | undefined;
  readonly failOn: string | undefined;
}

/** Where the consoles of one run go, in the order in which the guests print. */
export class Consoles {
  private readonly texts: ConsoleText[] = [];
  /** End the lines that guests have begun. */
  private readonly lineEnds: (() => void)[] = [];
  private readonly gathered = new Uint8Array(CHUNK);
  private count = 0;

  constructor(
    private readonly write: (bytes: Uint8Array) => void,
    private readonly watched: Watched,
  ) {}

  /** The watched text that a guest has printed. */
  get seen(): Seen | undefined {
    return this.texts.find(({ seen }) => seen !== undefined)?.seen;
  }

  /**
   * Adds a guest; the result takes what it prints and says whether a watched text is now there. With a prefix, a line
   * goes on when it is whole, behind the prefix.
   */
  open(prefix: string): (bytes: Uint8Array) => boolean {
    const text = new ConsoleText();
    text.watch(this.watched.until, this.watched.failOn);
    this.texts.push(text);
    const pass = prefix === '' ? (byte: number) => this.gather(byte) : this.lines(prefix);
    return (bytes) => {
      for (const byte of bytes) pass(byte);
      return text.add(bytes);
    };
  }

  /** Hands on what is gathered. */
  flush(): void {
    if (this.count === 0) return;
    this.write(this.gathered.slice(0, this.count));
    this.count = 0;
  }

  /** Ends the lines that guests have begun, and hands on everything. */
  finish(): void {
    for (const end of this.lineEnds) end();
    this.flush();
  }

  private gather(byte: number): void {
    this.gathered[this.count++] = byte;
    if (this.count === CHUNK) this.flush();
  }

  private lines(prefix: string): (byte: number) => void {
    const head = new TextEncoder().encode(prefix);
    const line: number[] = [];
    const end = (): void => {
      for (const byte of head) this.gather(byte);
      for (const byte of line) this.gather(byte);
      this.gather(NEWLINE);
      line.length = 0;
    };
    this.lineEnds.push(() => {
      if (line.length > 0) end();
    });
    return (byte) => {
      if (byte !== NEWLINE) line.push(byte);
      if (byte === NEWLINE || line.length === LONGEST) end();
    };
  }
}
