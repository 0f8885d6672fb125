/** Waits of guests: with `--realtime` they take real time and change nothing else; what is typed ends them. */

import { describe, expect, it } from 'vitest';
import { el2, FakeHost, firmware } from './fake-host.ts';
import { waitEither, waitKey, waitSecond } from './programs.ts';

/** A host whose time passes in turns alone, each of which is late as a real one's. */
class PacedHost extends FakeHost {
  milliseconds = 0;

  override now(): number {
    return this.milliseconds;
  }
  override turn(milliseconds = 0): Promise<void> {
    this.milliseconds += milliseconds + 0.3;
    return super.turn();
  }
}
const files = { waitEither, waitKey, waitSecond, smp: firmware('smp'), timer: firmware('timer') };
const key = new TextEncoder().encode('k');

describe.each(['boot', 'run'])('el2 %s', (command) => {
  it('lets a second take a second', async () => {
    const host = new PacedHost(files);
    expect((await el2(`${command} waitSecond --realtime`, {}, host)).code).toBe(0);
    expect(host.milliseconds).toBeGreaterThan(990);
    expect(host.milliseconds).toBeLessThan(1010);
  });

  it('jumps over it without', async () => {
    const host = new PacedHost(files);
    expect((await el2(`${command} waitSecond`, {}, host)).code).toBe(0);
    expect(host.milliseconds).toBeLessThan(10);
  });

  it('is real-time in a terminal, as long as that is the console', async () => {
    for (const [flags, isSlow] of [
      ['', true],
      ['-serial null', false],
    ] as const) {
      const host = new PacedHost(files);
      host.isInteractive = true;
      await el2(`${command} waitSecond ${flags}`, {}, host);
      expect(host.milliseconds > 990).toBe(isSlow);
    }
  });

  it.each(['waitSecond', 'smp -semihosting -smp 3', 'timer -semihosting'])('%s runs the same', async (line) => {
    const [plain, real] = await Promise.all(
      ['', '--realtime'].map((flags) => el2(`${command} ${line} ${flags} --result r`, {}, new PacedHost(files))),
    );
    expect(real.host.written.r).toBe(plain.host.written.r);
    expect(real.out).toBe(plain.out);
  });

  it('hands on what is typed while the guest waits', async () => {
    const host = new PacedHost(files);
    host.onTurn = (turn) => {
      if (turn === 20) host.type(key);
    };
    const { code, out } = await el2(`${command} waitEither --realtime`, {}, host);
    expect([code, out]).toEqual([0, 'k']);
    expect(host.milliseconds).toBeLessThan(200);
  });

  it('waits for a key that the UART interrupts for', async () => {
    const host = new FakeHost(files);
    host.onTurn = (turn) => {
      if (turn === 5) host.type(key);
    };
    expect(await el2(`${command} waitKey`, {}, host)).toMatchObject({ code: 0, out: 'k', err: '' });
  });

  it('is stuck when the input ends instead', async () => {
    const host = new FakeHost(files);
    host.onTurn = (turn) => {
      if (turn === 5) host.endInput();
    };
    const { code, err } = await el2(`${command} waitKey`, {}, host);
    expect(code).toBe(126);
    expect(err).toMatch(/^el2: stuck: /);
  });
});
