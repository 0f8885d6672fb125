/** What the hypervisor counts. */

import { expect, it } from 'vitest';
import { EXIT_NS } from '../../src/hyp/exit-dispatch.ts';
import { code, hvc, mov, OFF, str } from './a64.ts';
import { Host, RAM } from './harness.ts';

it('statistics are plain data that say what each VM did', () => {
  const host = new Host();
  const quiet = host.program(code(OFF), { name: 'quiet' });
  host.program(code(mov(1, 0x4200_0000), str(1, 1), mov(2, 0x0900_0000), str(1, 2), mov(0, 0xc600_0001), hvc(), OFF), {
    name: 'busy',
  });
  quiet.vm.addSlot({ ipa: 0x6000_0000, bytes: 0x20_0000, hugePages: true });
  host.hyp.run();
  quiet.vm.memory.mapping.resolve(quiet.vm.memory.map.memoryAt(0x6000_0000).ipa, true);
  const all = host.hyp.statistics();
  expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  expect(all.vms.map(({ name, end }) => [name, end])).toEqual([
    ['quiet', { reason: 'off' }],
    ['busy', { reason: 'off' }],
  ]);
  const [first, busy] = all.vms;
  expect(first).toMatchObject({ pages: 1, blocks: 1, tableBytes: 4 * 0x1000 });
  expect(busy).toMatchObject({ pages: 2, blocks: 0, tableBytes: 5 * 0x1000 });
  expect(busy.counters.exits).toEqual({
    hvc: 2,
    smc: 0,
    wfx: 0,
    sysreg: 0,
    instructionAbort: 1,
    dataAbort: 2,
    interrupt: 0,
    other: 0,
  });
  expect(busy.counters.exitNanoseconds).toMatchObject({ hvc: 2 * EXIT_NS, dataAbort: 2 * EXIT_NS, wfx: 0 });
  expect(all.worldSwitches).toBe(2);
  expect(all.vmidGenerations).toBe(1);
  expect(all.virtualNanoseconds).toBe(host.system.cpus[0].now());
  expect(all.freeBytes).toBe(RAM.bytes - (9 * 0x1000 + 3 * 0x1000 + 0x20_0000));
  const byVmid = all.tlb.filter(({ fills }) => fills > 0);
  expect(byVmid.map(({ vmid }) => vmid)).toEqual([1, 2]);
  expect(byVmid[1].fills).toBe(2);
  expect(byVmid[1].misses).toBeGreaterThanOrEqual(2);
});
