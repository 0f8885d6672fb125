/** The monitor's line: a terminal in raw mode leaves echo and corrections to the program. */

const CTRL_C = 0x03;
const BACKSPACE = 0x08;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const ESCAPE = 0x1b;
const DELETE = 0x7f;
/** Longer lines are cut: no command needs them. */
const MAX_LINE = 256;

/** ECMA-48: a control sequence behind ESC [ has parameters and a final byte, another escape sequence one byte. */
const WHOLE_SEQUENCE = /^([^[O]|[[O][0-9;]*[^0-9;])/;

export class LineEditor {
  private text = '';
  /** What has come behind ESC, within the sequence that a cursor or function key sends. */
  private sequence: string | undefined;

  /** `print` shows text, `onLine` takes a line that is complete; it prints the next prompt itself. */
  constructor(
    private readonly print: (text: string) => void,
    private readonly onLine: (line: string) => void,
  ) {}

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.key(byte);
  }

  private key(byte: number): void {
    if (this.sequence !== undefined) {
      this.sequence += String.fromCharCode(byte);
      if (WHOLE_SEQUENCE.test(this.sequence)) this.sequence = undefined;
      return;
    }
    switch (byte) {
      case ESCAPE:
        this.sequence = '';
        break;
      case RETURN:
      case NEWLINE:
        this.print('\n');
        this.complete();
        break;
      case BACKSPACE:
      case DELETE:
        this.erase(1);
        break;
      case CTRL_U:
        this.erase(this.text.length);
        break;
      case CTRL_C:
        this.print('^C\n');
        this.text = '';
        this.complete();
        break;
      default:
        if (byte >= 0x20 && byte < DELETE && this.text.length < MAX_LINE) this.insert(String.fromCharCode(byte));
    }
  }

  private insert(character: string): void {
    this.text += character;
    this.print(character);
  }

  private erase(count: number): void {
    const erased = Math.min(count, this.text.length);
    this.text = this.text.slice(0, this.text.length - erased);
    this.print('\b \b'.repeat(erased));
  }

  private complete(): void {
    const line = this.text;
    this.text = '';
    this.onLine(line);
  }
}
