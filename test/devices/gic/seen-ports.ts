/** Ports that remember the levels of every line. */

import type { GicPorts } from '../../../src/devices/gic/gic.ts';

export interface Seen {
  irq: boolean[];
  fiq: boolean[];
  virq: boolean[];
  vfiq: boolean[];
  errors: string[];
}

/** Ports of a GIC whose lines are all low at first. A call that reports no change throws. */
export function seenPorts(cpus = 1): { seen: Seen; ports: GicPorts } {
  const low = (): boolean[] => new Array<boolean>(cpus).fill(false);
  const seen: Seen = { irq: low(), fiq: low(), virq: low(), vfiq: low(), errors: [] };
  const line = (name: 'irq' | 'fiq' | 'virq' | 'vfiq') => (cpu: number, level: boolean) => {
    if (seen[name][cpu] === level) throw new Error(`${name} of CPU ${cpu} was ${level} already`);
    seen[name][cpu] = level;
  };
  const onGuestError = (text: string): void => {
    seen.errors.push(text);
  };
  const ports = { irq: line('irq'), fiq: line('fiq'), virq: line('virq'), vfiq: line('vfiq'), onGuestError };
  return { seen, ports };
}
