/** The network device: frames over a hub, headers of both versions, what is dropped, state. */

import { describe, expect, it } from 'vitest';
import { Hub } from '../../../src/devices/virtio/hub.ts';
import { Net } from '../../../src/devices/virtio/net.ts';
import { Driver, HEAP, type Part, VERSIONS } from './driver.ts';

const [RECEIVE, TRANSMIT] = [0, 1];
const mac = (last: number): Uint8Array => Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, last);
const frame = (length: number, fill = 0x11): Uint8Array => new Uint8Array(length).fill(fill);
/** A buffer for one frame with its header. */
const room = (slot: number, length = 1526): Part => ({ at: HEAP + 0x1_0000 + slot * 0x800, length, writable: true });

class Card {
  readonly net: Net;
  readonly driver: Driver;
  readonly headerBytes: number;

  constructor(last: number, hub: Hub | undefined, isLegacy = false) {
    this.net = new Net(mac(last), hub);
    this.driver = new Driver(this.net, { isLegacy, num: 16 }).start();
    this.headerBytes = isLegacy ? 10 : 12;
  }
  send(bytes: Uint8Array): void {
    this.driver.ram.bytes.fill(0xff, HEAP - 0x4000_0000, HEAP - 0x4000_0000 + this.headerBytes);
    this.driver.ram.write(HEAP + this.headerBytes, bytes);
    this.driver.exchange(TRANSMIT, [{ at: HEAP, length: this.headerBytes + bytes.length }]);
  }
  offer(...parts: Part[]): void {
    for (const part of parts) this.driver.add(RECEIVE, [part]);
    this.driver.notify(RECEIVE);
  }
  /** Header and frame of each buffer that came back. */
  received(parts: readonly Part[]): [number[], Uint8Array][] {
    return this.driver.returned(RECEIVE).map(([, length], i) => {
      const packet = this.driver.ram.slice(parts[i].at, length);
      return [[...packet.slice(0, this.headerBytes)], packet.slice(this.headerBytes)];
    });
  }
}

describe.each(VERSIONS)('cards on the %s transport', (_, isLegacy) => {
  it('tell their address and that the link is up', () => {
    const { driver } = new Card(7, undefined, isLegacy);
    const config = Array.from({ length: 8 }, (_, i) => driver.transport.read(0x100 + i, 1));
    expect(config).toEqual([...mac(7), 1, 0]);
  });

  it('pass frames over a hub, to all others', () => {
    const hub = new Hub();
    const cards = [1, 2, 3].map((last) => new Card(last, hub, isLegacy));
    const buffers = [room(0), room(1)];
    for (const card of cards) card.offer(...buffers);
    cards[1].send(frame(60, 0xaa));
    cards[1].send(frame(1514, 0xbb));
    const header = isLegacy ? new Array(10).fill(0) : [...new Array(10).fill(0), 1, 0];
    const expected = [
      [header, frame(60, 0xaa)],
      [header, frame(1514, 0xbb)],
    ];
    expect(cards.map((card) => card.received(buffers))).toEqual([expected, [], expected]);
    expect(cards.map(({ driver }) => driver.level)).toEqual([true, true, true]);
  });
});

describe('a card', () => {
  it('sends nowhere without a hub', () => {
    const card = new Card(1, undefined);
    card.send(frame(60));
    expect(card.driver.errors).toEqual([]);
  });

  it('keeps frames until there are buffers, 256 of them', () => {
    const hub = new Hub();
    const [from, to] = [new Card(1, hub), new Card(2, hub)];
    for (let i = 0; i < 300; i++) from.send(frame(60, i));
    const lasts: number[] = [];
    for (let i = 0; i < 300; i++) {
      to.offer(room(0));
      for (const [, bytes] of to.received([room(0)])) lasts.push(bytes[0]);
    }
    expect(lasts).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('drops frames that are no Ethernet frames, and those without room', () => {
    const hub = new Hub();
    const [from, to] = [new Card(1, hub), new Card(2, hub)];
    const buffers = [room(0, 40), room(1)];
    to.offer(...buffers);
    for (const length of [0, 13, 1519, 9000]) from.send(frame(length));
    from.driver.exchange(TRANSMIT, [{ at: HEAP, length: 5 }]);
    expect(to.received(buffers)).toEqual([]);
    from.send(frame(60, 1));
    from.send(frame(14, 2));
    expect(to.received(buffers)).toEqual([
      [[], new Uint8Array()],
      [[...new Array(10).fill(0), 1, 0], frame(14, 2)],
    ]);
    expect([from.driver.needsReset, to.driver.needsReset]).toEqual([false, false]);
  });

  it('loses frames that wait when it is reset', () => {
    const hub = new Hub();
    const [from, to] = [new Card(1, hub), new Card(2, hub)];
    from.send(frame(60));
    to.driver.start();
    to.offer(room(0));
    expect(to.received([room(0)])).toEqual([]);
  });

  it('comes back with its address and the frames that wait', () => {
    const hub = new Hub();
    const [from, to] = [new Card(1, hub), new Card(2, hub)];
    from.send(frame(60, 5));
    const copy = Net.fromState(JSON.parse(JSON.stringify(to.net.state())), hub);
    expect(copy.state()).toEqual(to.net.state());
    expect(copy.state().waiting).toEqual([[...frame(60, 5)]]);
  });
});
