/** `el2` without arguments: two small guests under the hypervisor, and an account of what happened. */

import { va } from '../arch/addresses.ts';
import { explainText } from '../debug/translate.ts';
import type { Host } from '../host/host.ts';
import { Consoles } from './console.ts';
import { accountText } from './demo-text.ts';
import { drive } from './drive.ts';
import type { ImageFile } from './image-file.ts';
import { isAbnormal } from './outcome.ts';
import { endText, postMortemOf } from './report.ts';
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
  const guests = runVms(settings, images, { consoleOf: () => consoles.open('  ') });
  const end = await drive(guests, settings, {
    host,
    keyboard: undefined,
    seen: () => undefined,
    flush: () => consoles.flush(),
  });
  if (end.reason === 'off') {
    const [cpu] = guests.system.cpus;
    const walk = explainText(cpu, SAMPLE, 'read', 1, guests.symbols(guests.vmName(0)));
    host.stdout.write(accountText(guests, walk, host.stdout.isTerminal));
  } else {
    host.stderr.write(endText(end, guests, isAbnormal(end) ? postMortemOf(end, guests) : undefined, host.debug));
  }
  return end.code;
}
