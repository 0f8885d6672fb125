/** Where virtio consoles go: stdio, files or nowhere, each watched for the texts that end a run. */

import type { Host, OutputFile } from '../../host/host.ts';
import type { Seen } from '../../machine/console-text.ts';
import { Consoles, type Watched } from '../console.ts';
import { UsageError } from '../usage-error.ts';
import type { ChardevSettings } from './settings.ts';

export class Chardevs {
  private readonly consoles = new Map<string, Consoles>();
  private readonly files: OutputFile[] = [];
  /** Name of the one on stdio. */
  readonly stdio: string | undefined;

  /** Makes the files. Throws FileError, and UsageError when there are several on stdio. */
  constructor(
    settings: ReadonlyMap<string, ChardevSettings>,
    host: Pick<Host, 'stdout' | 'createFile'>,
    watched: Watched,
  ) {
    const onStdio = [...settings].filter(([, { kind }]) => kind === 'stdio').map(([id]) => id);
    if (onStdio.length > 1) throw new UsageError(`-chardev: ${onStdio.join(' and ')} cannot both have stdio`);
    [this.stdio] = onStdio;
    for (const [id, chardev] of settings) this.consoles.set(id, new Consoles(this.sink(chardev, host), watched));
  }

  private sink(chardev: ChardevSettings, host: Pick<Host, 'stdout' | 'createFile'>): (bytes: Uint8Array) => void {
    if (chardev.kind === 'stdio') return (bytes) => host.stdout.write(bytes);
    if (chardev.kind === 'null') return () => {};
    const file = host.createFile(chardev.path);
    this.files.push(file);
    return (bytes) => file.write(bytes);
  }

  /** What takes the output of one VM's console; the result says whether a watched text is now there. Throws UsageError. */
  open(id: string, prefix: string): (bytes: Uint8Array) => boolean {
    const consoles = this.consoles.get(id);
    if (consoles === undefined) throw new UsageError(`virtconsole: no -chardev has id=${id}`);
    return consoles.open(prefix);
  }

  /** The watched text that a guest has printed. */
  get seen(): Seen | undefined {
    return [...this.consoles.values()].find(({ seen }) => seen !== undefined)?.seen;
  }

  flush(): void {
    for (const consoles of this.consoles.values()) consoles.flush();
  }

  /** Hands on all that is left, lines without an end too. */
  close(): void {
    for (const consoles of this.consoles.values()) consoles.finish();
    for (const file of this.files) file.close();
  }
}
