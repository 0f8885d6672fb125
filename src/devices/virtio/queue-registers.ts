/** The registers of a virtio-mmio transport that are about queues: which is selected, its size and place, in both versions. */

import { LegacyLayout, type LegacyLayoutState } from './legacy-layout.ts';
import * as reg from './registers.ts';
import { DESC, DEVICE, DRIVER, type QueuePorts, Virtqueue, type VirtqueueState } from './virtqueue.ts';

/** The whole state, plain JSON. */
export interface QueueRegistersState {
  readonly selected: number;
  readonly pageSize: number;
  readonly queues: readonly VirtqueueState[];
  readonly layouts: readonly LegacyLayoutState[];
}

export interface QueueRegistersPorts extends QueuePorts {
  /** An access that no correct driver makes, as one line. */
  onError(text: string): void;
}

/** Halves of queue addresses by register. */
const ADDRESS_WORDS: ReadonlyMap<number, number> = new Map([
  [reg.QUEUE_DESC_LOW, DESC],
  [reg.QUEUE_DESC_HIGH, DESC + 1],
  [reg.QUEUE_DRIVER_LOW, DRIVER],
  [reg.QUEUE_DRIVER_HIGH, DRIVER + 1],
  [reg.QUEUE_DEVICE_LOW, DEVICE],
  [reg.QUEUE_DEVICE_HIGH, DEVICE + 1],
]);
const isPowerOf2 = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

export class QueueRegisters {
  readonly queues: readonly Virtqueue[];
  private readonly layouts: readonly LegacyLayout[];
  /** QueueSel. */
  private selected = 0;
  /** GuestPageSize. It is the transport's: Linux says it before it resets the device. */
  private pageSize = 0;

  /** `sizes`: greatest size of each queue. */
  constructor(
    sizes: readonly number[],
    private readonly ports: QueueRegistersPorts,
    private readonly isLegacy: boolean,
  ) {
    this.queues = sizes.map((size) => new Virtqueue(size, ports));
    this.layouts = sizes.map(() => new LegacyLayout());
  }

  private get queue(): Virtqueue | undefined {
    return this.queues.at(this.selected);
  }
  private get layout(): LegacyLayout | undefined {
    return this.layouts.at(this.selected);
  }

  /** Undefined where no readable register is. */
  read(offset: number): number | undefined {
    if (offset === reg.QUEUE_NUM_MAX) return this.queue?.maxSize ?? 0;
    if (this.isLegacy) return offset === reg.QUEUE_PFN ? (this.layout?.pfn ?? 0) : undefined;
    return offset === reg.QUEUE_READY ? Number(this.queue?.ready ?? false) : undefined;
  }

  /** False where no writable register is. */
  write(offset: number, value: number): boolean {
    if (offset === reg.QUEUE_SEL) this.selected = value;
    else if (offset === reg.QUEUE_NUM) this.setSize(value);
    else return this.isLegacy ? this.writeLegacy(offset, value) : this.writeModern(offset, value);
    return true;
  }

  private setSize(value: number): void {
    const { queue } = this;
    if (queue === undefined) return;
    const isValid = value <= queue.maxSize && isPowerOf2(value);
    if (!isValid) this.ports.onError(`QueueNum ${value}, which is no power of 2 up to ${queue.maxSize}`);
    if (!queue.ready) queue.num = isValid ? value : 0;
    else this.ports.onError('QueueNum written while the queue is in use');
  }

  private writeModern(offset: number, value: number): boolean {
    const { queue } = this;
    const word = ADDRESS_WORDS.get(offset);
    if (word === undefined && offset !== reg.QUEUE_READY) return false;
    if (queue === undefined) return true;
    if (word !== undefined) queue.addresses[word] = value;
    else if (value === 1) queue.ready = true;
    else queue.reset();
    return true;
  }

  private writeLegacy(offset: number, value: number): boolean {
    const { queue, layout } = this;
    if (offset === reg.GUEST_PAGE_SIZE) {
      this.pageSize = value;
    } else if (offset === reg.QUEUE_ALIGN) {
      if (!isPowerOf2(value)) this.ports.onError(`QueueAlign ${value}, which is no power of 2`);
      else if (layout !== undefined) layout.align = value;
    } else if (offset === reg.QUEUE_PFN) {
      if (queue !== undefined) layout?.place(queue, value, this.pageSize);
    } else {
      return false;
    }
    return true;
  }

  /** As after power-on. */
  reset(): void {
    this.resetDevice();
    this.pageSize = 0;
  }

  /** The driver's reset of the device. */
  resetDevice(): void {
    for (const queue of this.queues) queue.reset();
    for (const layout of this.layouts) layout.reset();
    this.selected = 0;
  }

  /** A copy of the state. */
  state(): QueueRegistersState {
    const { selected, pageSize, queues, layouts } = this;
    return {
      ...{ selected, pageSize },
      queues: queues.map((queue) => queue.state()),
      layouts: layouts.map((layout) => layout.state()),
    };
  }

  /** Takes over a `state()` of as many queues. */
  load({ selected, pageSize, queues, layouts }: QueueRegistersState): void {
    this.selected = selected;
    this.pageSize = pageSize;
    for (const [index, queue] of this.queues.entries()) queue.load(queues[index]);
    for (const [index, layout] of this.layouts.entries()) layout.load(layouts[index]);
  }
}
