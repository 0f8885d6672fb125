/** stdin as bytes for a guest: a terminal key by key, anything else as it comes. */

import { kill, pid, stdin } from 'node:process';
import { isatty } from 'node:tty';

/** What Ctrl-C sends while the terminal leaves it to the program. */
const CTRL_C = 3;

/**
 * Hands on what arrives, and its end, until the returned function is called; that also gives the terminal back. In a
 * terminal, Ctrl-C still interrupts the process and does not reach the guest.
 */
export function listen(onInput: (bytes: Uint8Array) => void, onEnd: () => void): () => void {
  const isTerminal = isatty(stdin.fd);
  const receive = (bytes: Buffer): void => {
    if (isTerminal && bytes.includes(CTRL_C)) kill(pid, 'SIGINT');
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
