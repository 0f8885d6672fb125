/** What a command line asks for, with the values that hold when it says nothing. */

import type { Category } from '../arch/trace.ts';
import type { EngineMode } from '../cpu/engine/engine.ts';
import type { TraceFormat } from '../debug/attach.ts';
import type { TraceFilter } from '../debug/filter.ts';

/** Where the guest's console goes; `stdio` also takes stdin. */
export type Serial = { readonly kind: 'stdio' | 'null' } | { readonly kind: 'file'; readonly path: string };

/** `boot` gives an image the whole machine, `run` a VM. */
export type GuestCommand = 'boot' | 'run';

/** Everything about one run; the flags fill it in. */
export interface Settings {
  readonly command: GuestCommand;
  /** Paths of the images, one for `boot`. */
  images: string[];
  cpu: string;
  /** RAM of the machine, or of each VM. */
  memoryBytes: number;
  virtualization: boolean;
  append: string | undefined;
  semihosting: boolean;
  noReboot: boolean;
  serial: Serial;
  engine: EngineMode;
  /** Wall-clock seconds. */
  timeout: number;
  maxInstructions: number;
  until: string | undefined;
  failOn: string | undefined;
  /** Path of the JSON account. */
  result: string | undefined;
  traceCategories: Category[];
  /** Path of the trace; undefined: stderr. */
  traceFile: string | undefined;
  traceFormat: TraceFormat;
  traceFilter: TraceFilter;
}

/** Settings of a command line without flags. */
export function defaultSettings(command: GuestCommand): Settings {
  return {
    command,
    images: [],
    cpu: 'cortex-a57',
    memoryBytes: 128 * 2 ** 20,
    virtualization: false,
    append: undefined,
    semihosting: command === 'run',
    noReboot: false,
    serial: { kind: 'stdio' },
    engine: 'auto',
    timeout: Number.POSITIVE_INFINITY,
    maxInstructions: Number.POSITIVE_INFINITY,
    until: undefined,
    failOn: undefined,
    result: undefined,
    traceCategories: [],
    traceFile: undefined,
    traceFormat: 'text',
    traceFilter: {},
  };
}
