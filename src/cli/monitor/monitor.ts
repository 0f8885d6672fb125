/** The keyboard of a console with a monitor: Ctrl-A x ends the run, Ctrl-A c turns to the monitor and back. */

import type { GuestRun } from '../guest.ts';
import type { Keyboard } from '../keyboard.ts';
import { type Outcome, outcome } from '../outcome.ts';
import { answer } from './commands.ts';
import { EscapeKeys } from './escape-keys.ts';
import { LineEditor } from './line-editor.ts';

const KEYS = `
Ctrl-A h       this help
Ctrl-A x       end the run
Ctrl-A c       turn to the monitor and back
Ctrl-A Ctrl-A  send Ctrl-A
`;
const PROMPT = '(el2) ';

export class Monitor implements Keyboard {
  end: Outcome | undefined;
  readonly takesCtrlC = true;
  private isOpen = false;
  private readonly keys: EscapeKeys;
  private readonly editor: LineEditor;

  /** `print` shows text on the terminal, behind what the guest has printed so far. */
  constructor(
    private readonly guest: GuestRun,
    private readonly print: (text: string) => void,
  ) {
    this.editor = new LineEditor(print, (line) => this.execute(line));
    this.keys = new EscapeKeys({
      type: (bytes) => (this.isOpen ? this.editor : this.console).receive(bytes),
      command: (key) => this.command(key),
    });
  }

  receive(bytes: Uint8Array): void {
    this.keys.receive(bytes);
  }

  private readonly console = { receive: (bytes: Uint8Array): void => this.guest.input(bytes) };

  private command(key: string): void {
    switch (key) {
      case 'h':
      case '?':
        this.print(KEYS);
        break;
      case 'x':
        this.end ??= outcome('quit', 'ended by Ctrl-A x');
        break;
      case 'c':
        this.isOpen = !this.isOpen;
        this.print(this.isOpen ? `\nel2 monitor: 'help' lists the commands, Ctrl-A c goes back\n${PROMPT}` : '\n');
        break;
    }
  }

  private execute(line: string): void {
    const { text, end } = answer(line, this.guest);
    this.end ??= end;
    this.print(end === undefined ? `${text}${PROMPT}` : text);
  }
}
