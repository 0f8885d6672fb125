/** A device for engine tests that notes when it is accessed, and interrupts when it is told to. */

import type { Cpu } from '../../../src/cpu/engine/cpu.ts';

/** Reads count up; a write of n to register 4 raises the IRQ line at the n-th access from there; 0 takes it down. */
export class Interrupter {
  readonly name = 'interrupter';
  /** Virtual time, offset and value of each access. */
  readonly log: string[] = [];
  private reads = 0;
  private countdown = 0;

  constructor(private readonly cpu: () => Cpu) {}

  private note(kind: string, offset: number, value: number): void {
    this.log.push(`${this.cpu().now()} ${kind} ${offset} ${value}`);
    if (this.countdown > 0 && --this.countdown === 0) this.cpu().irqLine = true;
  }
  read(offset: number): number {
    this.note('read', offset, ++this.reads);
    return this.reads;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === 0) this.cpu().irqLine = false;
    if (offset === 4) this.countdown = value;
    this.note('write', offset, value);
  }
}
