/** `el2` without arguments: two small guests under the hypervisor, and an account of what happened. */

import { va } from '../arch/addresses.ts';
import { explainText } from '../debug/translate.ts';
import type { Host } from '../host/host.ts';
import { Consoles } from './console.ts';
import { accountText } from './demo-text.ts';
import { drive } from './drive.ts';
import type { ImageFile } from './image-file.ts';
import { Reports } from './report.ts';
import { runVms } from './run.ts';
import { defaultSettings } from './settings.ts';

const GUESTS = ['demo-a', 'demo-b'];
/** Word 5 of page 5 of the scattered pages that the guests map from here on (firmware/guests/demo). */
const SAMPLE = va(0x8000_5028n);

const HEAD = `el2 boots two guests, each in a VM of its own. The hypervisor at EL2 is TypeScript; it gives them memory when
they touch it.

`;

/** Runs the demo; returns the exit code, 0 when both guests came to their end. Throws FileError. */
export async function demo(host: Host): Promise<number> {
  const images: ImageFile[] = GUESTS.map((name) => ({
    name,
    path: `${name}.elf`,
    bytes: host.readPackagedImage(name),
  }));
  const consoles = new Consoles((bytes) => host.stdout.write(bytes), { until: undefined, failOn: undefined });
  host.stdout.write(HEAD);
  const settings = defaultSettings('run');
  const reports = new Reports(host, () => consoles.finish());
  const guests = runVms(settings, images, { consoleOf: () => consoles.open('  '), onFailure: reports.failure });
  const end = await drive(guests, settings, {
    host,
    realtime: false,
    keyboard: undefined,
    seen: () => undefined,
    flush: () => consoles.flush(),
  });
  reports.end(end, guests);
  if (end.reason === 'off') {
    const [cpu] = guests.system.cpus;
    const walk = explainText(cpu, SAMPLE, 'read', 1, guests.symbols(guests.vmName(0)));
    host.stdout.write(accountText(guests, walk, host.stdout.isTerminal));
  }
  return end.code;
}
