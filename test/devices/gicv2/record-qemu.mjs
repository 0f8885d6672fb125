/**
 * Records `qemu-trace.txt`: random register accesses to the GICv2 of QEMU's `virt` and what QEMU answers.
 *
 * Usage: node test/devices/gicv2/record-qemu.mjs > test/devices/gicv2/qemu-trace.txt
 * The accesses stay where QEMU 7.2 and IHI 0048B agree: the last interrupt acknowledged ends first, both groups stay
 * enabled and group their priorities alike, GICC_HPPIR is not read, and GICD_SPENDSGIR is written by bytes (of a word
 * QEMU sets the SGIs of zero bytes too).
 */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [GICD, GICC, GICH, GICV, UART] = [0x0800_0000, 0x0801_0000, 0x0803_0000, 0x0804_0000, 0x0900_0000];
const STEPS = 4000;
const INTIDS = [0, 3, 15, 20, 25, 27, 33, 40, 63, 64, 100, 287];

const qemu = spawn(
  'qemu-system-aarch64',
  '-M virt,virtualization=on -cpu cortex-a57 -nic none -display none -serial null -monitor none -S -qtest stdio'.split(
    ' ',
  ),
  { stdio: ['pipe', 'pipe', 'ignore'] },
);
const answers = createInterface({ input: qemu.stdout })[Symbol.asyncIterator]();

async function command(text) {
  qemu.stdin.write(`${text}\n`);
  for (;;) {
    const { value, done } = await answers.next();
    if (done) throw new Error('QEMU ended');
    if (value.startsWith('OK')) return Number(value.split(' ')[1] ?? 0);
  }
}

let seed = 1;
function below(limit) {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}
const pick = (list) => list[below(list.length)];

async function read(address) {
  const value = await command(`readl 0x${address.toString(16)}`);
  console.log(`r ${address.toString(16)} ${value.toString(16)}`);
  return value;
}
async function write(address, value, size = 4) {
  await command(`write${{ 1: 'b', 4: 'l' }[size]} 0x${address.toString(16)} 0x${value.toString(16)}`);
  console.log(`w ${address.toString(16)} ${value.toString(16)} ${size}`);
}

/** Acknowledged and not ended, and ended but not deactivated; physical and virtual. */
const sides = [GICC, GICV].map((base) => ({ base, active: [], dropped: [], split: false }));
let uartLevel = false;

async function step() {
  const intid = pick(INTIDS);
  const bit = (1 << (intid & 31)) >>> 0;
  const word = (intid >>> 5) * 4;
  const side = pick(sides);
  switch (below(22)) {
    case 0:
    case 1:
      return write(GICD + 0x100 + word, bit);
    case 2:
      return write(GICD + 0x180 + word, bit);
    case 3:
    case 4:
      return write(GICD + 0x200 + word, bit);
    case 5:
      return write(GICD + 0x280 + word, bit);
    case 6:
      return write(GICD + pick([0x300, 0x380]) + word, (1 << (20 + below(2))) >>> 0);
    case 7:
      return write(GICD + 0x400 + intid, below(256), 1);
    case 8:
      if (side.active.length > 0 || intid >= 32) return undefined;
      return write(GICD + 0x80 + word, below(2) * bit);
    case 9:
      return write(GICD + 0xf00, ((below(3) << 24) | (below(2) << 16) | below(16)) >>> 0);
    case 10:
      return write(GICD + pick([0xf10, 0xf20]) + below(16), 1, 1);
    case 11:
      uartLevel = !uartLevel;
      return write(UART + 0x38, uartLevel ? 0x20 : 0);
    case 12:
      return write(side.base + 4, pick([0xff, 0xf0, 0x80, 0xff]));
    case 13: {
      if (side.active.length > 0) return undefined;
      const point = 2 + below(5);
      await write(side.base + 0x08, point);
      return write(side.base + 0x1c, point + 1);
    }
    case 14: {
      if (side.active.length + side.dropped.length > 0) return undefined;
      side.split = below(2) === 1;
      return write(side.base, 3 | (below(2) << 3) | (below(2) << 4) | 4 | (side.split ? 0x200 : 0));
    }
    case 15: {
      const n = below(4);
      const hardware = below(3) === 0;
      const identity = hardware ? 0x8000_0000 + ((33 + n) << 10) : below(2) << 19;
      const lr = identity + (below(2) << 30) + (below(2) << 28) + (below(32) << 23) + 40 + n;
      return write(GICH + 0x100 + n * 4, lr);
    }
    case 16:
      return write(GICH, below(256) | 1);
    case 17:
    case 18:
    case 19: {
      const acknowledged = await read(side.base + 0xc);
      if (acknowledged < 1020 || acknowledged > 1023) side.active.push(acknowledged);
      return undefined;
    }
    default: {
      if (side.split && side.dropped.length > 0 && below(2) === 0)
        return write(side.base + 0x1000, side.dropped.shift());
      if (side.active.length === 0) return undefined;
      const ended = side.active.pop();
      if (side.split) side.dropped.push(ended);
      return write(side.base + 0x10, ended);
    }
  }
}

const OBSERVED = [
  ...[0x80, 0x100, 0x104, 0x200, 0x204, 0x300, 0x304, 0x400, 0x414, 0x420, 0xf10].map((at) => GICD + at),
  ...[0x14, 0xd0, 0xe0].map((at) => GICC + at),
  ...[0x00, 0x08, 0x10, 0x20, 0x30, 0xf0, 0x100, 0x104, 0x108, 0x10c].map((at) => GICH + at),
  GICV + 0x14,
];

await write(UART + 0x30, 0x301);
await write(UART, 0x55);
await write(GICD, 3);
await write(GICC, 7);
await write(GICV, 7);
for (const base of [GICC, GICV]) {
  await write(base + 4, 0xff);
  await write(base + 0x08, 2);
  await write(base + 0x1c, 3);
}
for (let i = 0; i < STEPS; i++) {
  await step();
  await read(pick(OBSERVED));
}
qemu.kill();
