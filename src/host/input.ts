/** stdin as bytes for a guest: a terminal key by key, anything else as it comes. */

import { kill, pid, stdin } from 'node:process';
import { isatty } from 'node:tty';

/** What Ctrl-C sends while the terminal leaves it to the program. */
const CTRL_C = 3;

/** `Host.listen`. The returned function also gives the terminal back; Node does, where the process ends without it. */
export function listen(onInput: (bytes: Uint8Array) => void, onEnd: () => void, takesCtrlC: boolean): () => void {
  const isTerminal = isatty(stdin.fd);
  const receive = (bytes: Buffer): void => {
    if (isTerminal && !takesCtrlC && bytes.includes(CTRL_C)) kill(pid, 'SIGINT');
    else onInput(bytes);
  };
  if (isTerminal) stdin.setRawMode(true);
  stdin.on('data', receive);
  stdin.on('end', onEnd);
  // A stdin that cannot be read (closed, a folder) is one on which nothing arrives.
  stdin.on('error', onEnd);
  return () => {
    stdin.off('data', receive);
    stdin.off('end', onEnd);
    if (isTerminal) stdin.setRawMode(false);
    stdin.pause();
    // A pipe whose writer stays open would keep the process alive.
    stdin.unref?.();
  };
}
