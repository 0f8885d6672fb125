/** VMs by the hundred: VMIDs that roll over, a flush that is left out, and what 1,000 VMs cost. */

import { describe, expect, it } from 'vitest';
import { code, hvc, ldr, mov, OFF, str } from './a64.ts';
import { Host, MIB } from './harness.ts';

const SECRET = 0x4200_0000;
const YIELD = [...mov(0, 0xc600_0001), hvc()];
/** Stores its number, gives the CPU up, and reads it back. */
const keeper = (id: number): Uint8Array => code(mov(20, id), mov(22, SECRET), str(20, 22), YIELD, ldr(24, 22), OFF);

describe('a VMID that is used again', () => {
  /** One VM that leaves its translations in the TLB, 254 others, and one that gets the first one's VMID. */
  function lastOf256(vmidFlush: boolean): { reads: bigint; generations: number } {
    const host = new Host({ omitted: { vmidFlush } });
    host.program(keeper(0xaaaa), { memoryBytes: 64 * MIB });
    for (let i = 0; i < 254; i++) host.program(code(OFF), { memoryBytes: MIB });
    const last = host.program(code(mov(22, SECRET), ldr(24, 22), OFF), { memoryBytes: 64 * MIB });
    // The same program in both: only memory at SECRET differs.
    last.vm.writeBytes(SECRET, Uint8Array.of(0xbb));
    host.hyp.run();
    return { reads: last.x(24), generations: host.hyp.statistics().vmidGenerations };
  }

  it('has its own memory', () => {
    expect(lastOf256(false)).toEqual({ reads: 0xbbn, generations: 2 });
  });

  it('has another VM’s memory where the flush is left out', () => {
    const { reads, generations } = lastOf256(true);
    expect(generations).toBe(2);
    expect(reads).not.toBe(0xbbn);
  });
});

it('1,000 VMs are made and run in one process within 1 GiB', () => {
  const host = new Host();
  const guests = Array.from({ length: 1000 }, (_, i) => host.program(keeper(i + 1), { memoryBytes: 256 * MIB }));
  expect(host.hyp.run()).toBe('ended');
  for (const [i, guest] of guests.entries()) {
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.x(24)).toBe(BigInt(i + 1));
  }
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 30);
  for (const { vm } of guests) host.hyp.destroyVm(vm);
  expect(host.hyp.frames.freeBytes).toBe(256 * MIB);
});
