/** Service discovery by the SMC Calling Convention, and the parts that users add: calls, devices, exit handlers. */

import { describe, expect, it } from 'vitest';
import { EC } from '../../src/arch/syndrome.ts';
import { type ExitHandler, PARK, RESUME } from '../../src/hyp/exit.ts';
import { VENDOR_FEATURES, VENDOR_HELLO, VENDOR_REVISION, VENDOR_UID } from '../../src/hyp/hypercalls.ts';
import { add, code, hvc, ldr, mov, OFF, str, WFI } from './a64.ts';
import { Host } from './harness.ts';

const call = (id: number, x1 = 0): number[] => [...mov(0, id), ...mov(1, x1), hvc()];

describe('discovery', () => {
  it('the UID names these services, in the byte order of DEN 0028', () => {
    const host = new Host();
    const guest = host.program(code(call(VENDOR_UID), add(10, 0, 0), add(11, 1, 0), add(12, 2, 0), add(13, 3, 0), OFF));
    host.hyp.run();
    const words = Uint32Array.from([10, 11, 12, 13], (n) => Number(guest.x(n)));
    const bytes = [...new Uint8Array(words.buffer)].map((byte) => byte.toString(16).padStart(2, '0'));
    expect(bytes.join('')).toBe('6e2d8c145b0f4d7a9c3e656c32687970');
  });

  it('the revision is 1.0', () => {
    const host = new Host();
    const guest = host.program(code(call(VENDOR_REVISION, 9), add(10, 0, 0), add(11, 1, 0), OFF));
    host.hyp.run();
    expect([guest.x(10), guest.x(11)]).toEqual([1n, 0n]);
  });

  it('features answers for vendor calls, PSCI, and calls of users', () => {
    const host = new Host();
    host.hyp.hypercalls.add(0xc600_0100, 'mine', () => RESUME);
    const ids = [VENDOR_HELLO, 0x8400_0003, 0xc600_0100, 0xc600_0101];
    const program = code(
      ids.flatMap((id, i) => [...call(VENDOR_FEATURES, id), add(10 + i, 0, 0)]),
      OFF,
    );
    const guest = host.program(program);
    host.hyp.run();
    expect(ids.map((_, i) => BigInt.asIntN(64, guest.x(10 + i)))).toEqual([0n, 0n, 0n, -1n]);
  });
});

it('a user adds a hypercall, a device and an exit handler', () => {
  const host = new Host();
  const { hyp } = host;
  const MAILBOX = 0x0a00_0000;
  const log: string[] = [];

  // A call that adds its arguments.
  hyp.hypercalls.add(0xc600_0200, 'add', (exit) => {
    exit.setX(0, 0, exit.lo(1) + exit.lo(2));
    return RESUME;
  });
  // A device with one register.
  let mail = 0;
  const guest = host.program(
    code(mov(0, 0xc600_0200), mov(1, 20), mov(2, 22), hvc(), mov(3, MAILBOX), str(0, 3), ldr(4, 3), WFI, OFF),
  );
  guest.vm.addDevice(MAILBOX, 0x1000, {
    name: 'mailbox',
    read: () => mail,
    write: (_offset, _size, value) => {
      if (value !== 0) mail = value;
    },
  });
  // A handler that watches waits and leaves them to the one that was there.
  const wait: ExitHandler = hyp.handlers[EC.WFX];
  hyp.handlers[EC.WFX] = (exit) => {
    log.push(`${exit.vm.name} waits at 0x${exit.pc.toString(16)}`);
    exit.skip();
    return wait === undefined ? PARK : RESUME;
  };

  expect(hyp.run()).toBe('ended');
  expect(guest.vm.end).toEqual({ reason: 'off' });
  expect(mail).toBe(42);
  expect(Number(guest.x(4) & 0xffff_ffffn)).toBe(42);
  expect(log).toHaveLength(1);
});
