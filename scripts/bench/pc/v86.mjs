/** node v86.mjs ELF: boots a multiboot kernel on v86, prints its console with the time between its two lines. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { V86 } from 'v86';

const MEMORY_BYTES = 64 << 20;
const MS_TO_NS = 1e6;
const [, , kernel] = process.argv;

let [console_, started, ended] = ['', 0, 0];
const emulator = new V86({
  wasm_path: fileURLToPath(import.meta.resolve('v86/build/v86.wasm')),
  memory_size: MEMORY_BYTES,
  multiboot: { buffer: Uint8Array.from(readFileSync(kernel)).buffer },
  autostart: true,
});
emulator.add_listener('serial0-output-byte', (byte) => {
  console_ += String.fromCharCode(byte);
  if (console_.endsWith('time start\n')) started = performance.now();
  if (/time end .*\n$/.test(console_)) ended = performance.now();
  if (!/checksum .*\n$/.test(console_)) return;
  const ns = Math.round((ended - started) * MS_TO_NS);
  process.stdout.write(console_.replace(/time end .*/, `time end ${ns.toString(16)} of 3b9aca00`));
  process.exit();
});
