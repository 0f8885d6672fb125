/** A GICv2 and the slow model, to which the same operations are done. */

import { Gicv2 } from '../../../src/devices/gicv2/gicv2.ts';
import { seenPorts } from '../gic/seen-ports.ts';
import { ModelGic } from './model.ts';

export const INTIDS = [0, 1, 15, 16, 20, 31, 32, 33, 63, 64, 200, 287];
export const OPERATIONS = [
  'line',
  'line',
  'enable',
  'enable',
  'disable',
  'pend',
  'unpend',
  'activate',
  'deactivate',
  'priority',
  'group',
  'targets',
  'edge',
  'sgi',
  'sgi',
  'senders',
  'forward',
  'control',
  'mask',
  'point',
  'aliasedPoint',
  'iar',
  'iar',
  'iar',
  'iar',
  'aiar',
  'hppir',
  'ahppir',
  'eoir',
  'eoir',
  'eoir',
  'dir',
] as const;

/** What to do; each kind takes of the numbers what it needs. */
export interface Operation {
  kind: (typeof OPERATIONS)[number];
  cpu: number;
  intid: number;
  value: number;
}
/** What the two answered. */
export interface Answers {
  gic: number[];
  model: number[];
}

/** Both, side by side. */
export class Pair {
  readonly environment: ReturnType<typeof seenPorts>;
  readonly gic: Gicv2;
  readonly model: ModelGic;
  private readonly acknowledged: number[][];

  constructor(readonly cpus: number) {
    this.environment = seenPorts(cpus);
    this.gic = new Gicv2(cpus, this.environment.ports);
    this.model = new ModelGic(cpus);
    this.acknowledged = Array.from({ length: cpus }, () => []);
    this.gic.distributor.write(0, 4, 3, 0);
    this.model.forwarded = 3;
    for (let cpu = 0; cpu < cpus; cpu++) {
      this.gic.cpuInterface.write(0, 4, 7, cpu);
      this.gic.cpuInterface.write(4, 4, 0xff, cpu);
      Object.assign(this.model.interfaces[cpu], { ctlr: 7, pmr: 0xff });
    }
  }

  /** Does one operation to both; of a read, what they answered. */
  run({ kind, cpu, intid, value }: Operation): Answers {
    const { gic, model } = this;
    const bit = (1 << (intid & 31)) >>> 0;
    const word = (intid >>> 5) * 4;
    const mine = model.interfaces[cpu];
    const i = model.at(cpu, intid);
    const gicd = (offset: number, data: number, size: 1 | 4 = 4): void =>
      gic.distributor.write(offset, size, data, cpu);
    const gicc = (offset: number, data: number): void => gic.cpuInterface.write(offset, 4, data, cpu);
    const same = (offset: number, expected: number): Answers => ({
      gic: [gic.cpuInterface.read(offset, 4, cpu)],
      model: [expected],
    });
    const ended = (): number => (value < 900 ? this.acknowledged[cpu].pop() : undefined) ?? intid;
    switch (kind) {
      case 'line':
        if (intid < 16) break;
        if (intid < 32) gic.setPpi(cpu, intid - 16, value % 2 === 1);
        else gic.setSpi(intid - 32, value % 2 === 1);
        model.setLine(cpu, intid, value % 2 === 1);
        break;
      case 'enable':
        gicd(0x100 + word, bit);
        i.enabled = true;
        break;
      case 'disable':
        gicd(0x180 + word, bit);
        i.enabled = intid < 16;
        break;
      case 'pend':
        gicd(0x200 + word, bit);
        if (intid >= 16) i.latch = true;
        break;
      case 'unpend':
        gicd(0x280 + word, bit);
        if (intid >= 16) i.latch = false;
        break;
      case 'activate':
        if (value > 200) break;
        gicd(0x300 + word, bit);
        i.active = true;
        break;
      case 'deactivate':
        gicd(0x380 + word, bit);
        i.active = false;
        break;
      case 'priority':
        gicd(0x400 + intid, value & 0xff, 1);
        i.priority = value & 0xff;
        break;
      case 'group': {
        const offset = 0x80 + word;
        const old = gic.distributor.read(offset, 4, cpu);
        gicd(offset, (value & 1) !== 0 ? old | bit : old & ~bit);
        i.group = value & 1;
        break;
      }
      case 'targets':
        gicd(0x800 + intid, value & 0xff, 1);
        if (intid >= 32 && this.cpus > 1) i.targets = new Set([0, 1, 2].filter((to) => (value & (1 << to)) !== 0));
        break;
      case 'edge': {
        const offset = 0xc00 + (intid >>> 4) * 4;
        const field = (2 << ((intid & 15) * 2)) >>> 0;
        const old = gic.distributor.read(offset, 4, cpu);
        gicd(offset, (value & 1) !== 0 ? old | field : old & ~field);
        if (intid >= 16) i.edge = (value & 1) !== 0;
        break;
      }
      case 'sgi':
        gicd(0xf00, ((value % 3) << 24) | (((value >>> 2) & 0xff) << 16) | (intid & 15));
        model.sgi(cpu, value % 3, (value >>> 2) & 0xff, intid & 15);
        break;
      case 'senders': {
        const { sources } = model.at(cpu, intid & 15);
        const from = (value >>> 1) % this.cpus;
        gicd(((value & 1) !== 0 ? 0xf20 : 0xf10) + (intid & 15), 1 << from, 1);
        if ((value & 1) !== 0) sources.add(from);
        else sources.delete(from);
        break;
      }
      case 'forward':
        gicd(0, value % 8 < 5 ? 3 : value & 3);
        model.forwarded = value % 8 < 5 ? 3 : value & 3;
        break;
      case 'control':
        gicc(0, value);
        mine.ctlr = value & 0x21f;
        break;
      case 'mask':
        gicc(4, value >>> 2);
        mine.pmr = value >>> 2;
        break;
      case 'point':
        gicc(8, value);
        mine.bpr = value & 7;
        break;
      case 'aliasedPoint':
        gicc(0x1c, value);
        mine.abpr = Math.max(1, value & 7);
        break;
      case 'iar':
      case 'aiar': {
        const expected = model.acknowledge(cpu, kind === 'aiar');
        if (expected < 1020 || expected > 1023) this.acknowledged[cpu].push(expected);
        return same(kind === 'iar' ? 0xc : 0x20, expected);
      }
      case 'hppir':
        return same(0x18, model.highestPending(cpu, false));
      case 'ahppir':
        return same(0x28, model.highestPending(cpu, true));
      case 'eoir': {
        const end = ended();
        gicc(value % 2 === 0 ? 0x10 : 0x24, end);
        model.end(cpu, end & 0x3ff);
        break;
      }
      case 'dir':
        gicc(0x1000, intid);
        model.deactivate(cpu, intid);
        break;
    }
    return { gic: [], model: [] };
  }

  /** Lines to the CPUs, running priorities, and which of the interrupts used are pending and active. */
  observe(): Answers {
    const { gic, model } = this;
    const { irq, fiq } = this.environment.seen;
    const answers: Answers = { gic: [], model: [] };
    const add = (got: number | boolean, expected: number | boolean): void => {
      answers.gic.push(Number(got));
      answers.model.push(Number(expected));
    };
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const lines = model.lines(cpu);
      add(irq[cpu], lines.irq);
      add(fiq[cpu], lines.fiq);
      add(gic.cpuInterface.read(0x14, 4, cpu), model.running(cpu));
      for (const intid of INTIDS) {
        const bit = (array: number): number =>
          (gic.distributor.read(array + (intid >>> 5) * 4, 4, cpu) >>> (intid & 31)) & 1;
        add(bit(0x200), model.pending(model.at(cpu, intid)));
        add(bit(0x300), model.at(cpu, intid).active);
      }
    }
    return answers;
  }
}
