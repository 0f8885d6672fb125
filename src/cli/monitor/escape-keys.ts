/** Ctrl-A on the console: the keys behind it command el2, as with QEMU's -nographic. */

const CTRL_A = 0x01;

/** What the keys reach. */
export interface EscapeTargets {
  /** Typed bytes that are no command. */
  type(bytes: Uint8Array): void;
  /** The character behind Ctrl-A, other than Ctrl-A itself. */
  command(key: string): void;
}

/** Splits what is typed; Ctrl-A and its key may come in separate pieces. */
export class EscapeKeys {
  private isEscaped = false;

  constructor(private readonly targets: EscapeTargets) {}

  receive(bytes: Uint8Array): void {
    let start = 0;
    for (const [at, byte] of bytes.entries()) {
      if (this.isEscaped) {
        this.isEscaped = false;
        // Ctrl-A twice is one Ctrl-A: the second stays in what is typed.
        start = byte === CTRL_A ? at : at + 1;
        if (byte !== CTRL_A) this.targets.command(String.fromCharCode(byte));
      } else if (byte === CTRL_A) {
        this.type(bytes.subarray(start, at));
        this.isEscaped = true;
        start = bytes.length;
      }
    }
    this.type(bytes.subarray(start));
  }

  private type(bytes: Uint8Array): void {
    if (bytes.length > 0) this.targets.type(bytes);
  }
}
