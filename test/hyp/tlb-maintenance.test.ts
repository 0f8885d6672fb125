/** The TLB maintenance that changes of a VM's memory make: as much as they need, on every CPU, and no more. */

import { describe, expect, it } from 'vitest';
import { add, bne, code, hvc, mov, OFF, str, subs } from './a64.ts';
import { Host, MIB, type TestVm } from './harness.ts';

const AT = 0x5000_0000;
const BLOCK = 2 * MIB;
const PAGE = 0x1000;

/** A machine, and what its TLBs were told: the operation and, of those by address, the page. */
function watched(): { host: Host; told: string[][] } {
  const host = new Host({ cpus: 2 });
  const told = host.system.cpus.map(({ mmu: { tlb } }) => {
    const operations: string[] = [];
    const invalidate = tlb.invalidate.bind(tlb);
    tlb.invalidate = (op, vmid, asid, page) => {
      const operand = op === 'IPAS2E1' ? ` 0x${(page * PAGE).toString(16)}` : '';
      operations.push(`${op} VMID ${vmid}${operand}`);
      return invalidate(op, vmid, asid, page);
    };
    return operations;
  });
  return { host, told };
}

/** A guest that stores to so many pages from AT and gives the CPU away. */
function toucher(host: Host, pages: number, hugePages = false): TestVm {
  const store = [str(1, 2), add(2, 2, 0xfff), add(2, 2, 1), subs(3, 3, 1), bne(-4)];
  const guest = host.program(code(mov(2, AT), mov(3, pages), store, mov(0, 0xc600_0001), hvc(), OFF));
  guest.vm.addSlot({ ipa: AT, bytes: 2 * BLOCK, hugePages });
  return guest;
}
const runToYield = (host: Host, { vm }: TestVm): void => {
  host.hyp.run({ until: () => vm.stats.exits.hvc === 1 });
};

describe('TLB maintenance', () => {
  it('comes with no mapping that is new, and with no world switch', () => {
    const { host, told } = watched();
    const guests = [toucher(host, 5), toucher(host, 70), toucher(host, 3)];
    host.hyp.run();
    for (const { vm } of guests) expect(vm.end).toEqual({ reason: 'off' });
    expect(told).toEqual([[], []]);
  });

  it('names each page that goes, and then what both stages made of it, on every CPU', () => {
    const { host, told } = watched();
    toucher(host, 1);
    const guest = toucher(host, 5);
    runToYield(host, guest);
    guest.vm.memory.unmap(AT + PAGE, 2 * PAGE);
    const expected = ['IPAS2E1 VMID 2 0x50001000', 'IPAS2E1 VMID 2 0x50002000', 'VMALLE1 VMID 2'];
    expect(told).toEqual([expected, expected]);
  });

  it('comes with nothing that was not mapped', () => {
    const { host, told } = watched();
    const guest = toucher(host, 2);
    runToYield(host, guest);
    guest.vm.memory.unmap(AT + 2 * PAGE, BLOCK);
    expect(told).toEqual([[], []]);
  });

  it('is one operation for the whole VM where pages are many', () => {
    const { host, told } = watched();
    const guest = toucher(host, 65);
    runToYield(host, guest);
    guest.vm.memory.unmap(AT, 65 * PAGE);
    expect(told[0]).toEqual(['VMALLS12E1 VMID 1']);
  });

  it('names a block once, before it is split and when it goes', () => {
    const { host, told } = watched();
    const guest = toucher(host, 1, true);
    runToYield(host, guest);
    guest.vm.memory.unmap(AT + 5 * PAGE, PAGE);
    expect(told[0]).toEqual([
      ...['IPAS2E1 VMID 1 0x50000000', 'VMALLE1 VMID 1'],
      ...['IPAS2E1 VMID 1 0x50005000', 'VMALLE1 VMID 1'],
    ]);
  });

  it('is not needed for a VM that never ran', () => {
    const { host, told } = watched();
    const guest = toucher(host, 1);
    guest.vm.memory.mapping.resolve(guest.vm.memory.map.memoryAt(AT).ipa, true);
    guest.vm.memory.unmap(AT, PAGE);
    host.hyp.destroyVm(guest.vm);
    expect(told).toEqual([[], []]);
  });
});
