/** Random accesses to the registers of one CPU, answered as QEMU 7.2 answered them (see `record-qemu.mjs`). */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Gicv2 } from '../../../src/devices/gicv2/gicv2.ts';
import { Pl011 } from '../../../src/devices/pl011.ts';
import { seenPorts } from '../gic/seen-ports.ts';

const SPI_UART = 1;

it('answers 7,000 recorded accesses as QEMU does', () => {
  const gic = new Gicv2(1, seenPorts().ports);
  const uart = new Pl011({ irq: (level) => gic.setSpi(SPI_UART, level), onOutput() {}, onGuestError() {} });
  const windows = [
    { base: 0x0800_0000, device: gic.distributor },
    { base: 0x0801_0000, device: gic.cpuInterface },
    { base: 0x0803_0000, device: gic.hypervisor },
    { base: 0x0804_0000, device: gic.virtualCpuInterface },
    { base: 0x0900_0000, device: uart },
  ].toReversed();
  const lines = readFileSync(new URL('./qemu-trace.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeGreaterThan(7_000);
  lines.forEach((line, index) => {
    const [kind, ...numbers] = line.split(' ');
    const [address, value, size] = numbers.map((text) => Number.parseInt(text, 16));
    const window = windows.find(({ base }) => address >= base);
    if (window === undefined) throw new Error(`line ${index + 1} is outside of every device`);
    const { base, device } = window;
    const at = address - base;
    const answer = kind === 'w' ? device.write(at, size as 1 | 4, value, 0) : device.read(at, 4, 0);
    expect([index + 1, address, answer]).toEqual([index + 1, address, kind === 'w' ? undefined : value]);
  });
});
