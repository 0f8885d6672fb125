/** An exit that no handler serves: exit code 127, with the syndrome and the exception in the post-mortem. */

import { expect, it, vi } from 'vitest';
import { EC } from '../../src/arch/syndrome.ts';
import { unhandled } from '../../src/hyp/exit.ts';
import { el2 } from './fake-host.ts';
import { powerOff } from './programs.ts';

vi.mock('../../src/hyp/exits.ts', async (load) => {
  const real = await load<typeof import('../../src/hyp/exits.ts')>();
  return {
    ...real,
    exitHandlers: (...args: Parameters<typeof real.exitHandlers>) => {
      const handlers = real.exitHandlers(...args);
      handlers[EC.HVC64] = unhandled;
      return handlers;
    },
  };
});

it('ends the run and says which', async () => {
  const { code, err } = await el2('run guest', { guest: powerOff });
  expect(code).toBe(127);
  expect(err).toMatch(
    /^el2: unhandled: VM guest: exception class 0x16 \(.*\), ISS 0x0000000, at VA 0x000000004008000c\n/,
  );
  expect(err).toContain('Last syndrome:\n  0x5a000000');
});
