/** Parsers of the `loader` and `guest-loader` devices. Each throws UsageError without the flag's name. */

import { UsageError } from '../usage-error.ts';
import { address } from '../values.ts';
import type { Properties } from '../virtio/properties.ts';
import type { LoaderSettings } from './settings.ts';

const MAX_CPU = 7;
const MAX_VALUE_BYTES = 8;

function addressOf(properties: Properties, name: string): number | undefined {
  const text = properties.get(name);
  return text === undefined ? undefined : address(text);
}

function neededAddress(properties: Properties): number {
  return address(properties.need('addr'));
}

/** `loader,file=F,addr=A,cpu-num=N`, `loader,addr=A,data=V,data-len=N` or `loader,addr=A,cpu-num=N`. */
export function loader(properties: Properties): LoaderSettings {
  const cpu = properties.number('cpu-num', MAX_CPU);
  if (properties.get('data') !== undefined) return value(properties, cpu);
  const path = properties.get('file');
  if (path !== undefined && path !== '') {
    const isRaw = properties.isOn('force-raw');
    return { kind: 'file', path, isRaw, address: addressOf(properties, 'addr'), cpu };
  }
  if (cpu === undefined) throw new UsageError('loader: give file=, or data= with data-len=, or cpu-num=');
  return { kind: 'entry', address: neededAddress(properties), cpu };
}

function value(properties: Properties, cpu: number | undefined): LoaderSettings {
  const text = properties.need('data');
  const length = properties.number('data-len', MAX_VALUE_BYTES) ?? 0;
  if (length === 0) throw new UsageError(`data-len= is missing: give 1 to ${MAX_VALUE_BYTES} bytes`);
  const isBigEndian = properties.isOn('data-be');
  const number = /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text) ? BigInt(text) : -1n;
  if (number < 0n || number >= 1n << BigInt(8 * length)) {
    throw new UsageError(`data=${text}: give a number of ${length} bytes`);
  }
  const bytes = Uint8Array.from({ length }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
  if (isBigEndian) bytes.reverse();
  return { kind: 'value', bytes, address: neededAddress(properties), cpu };
}

/** `guest-loader,addr=A,kernel=F[,bootargs=TEXT]` or `guest-loader,addr=A,initrd=F`. */
export function guestLoader(properties: Properties): LoaderSettings {
  const kernel = properties.get('kernel');
  const initrd = properties.get('initrd');
  const bootargs = properties.get('bootargs');
  const path = kernel ?? initrd;
  const isOne = (kernel === undefined) !== (initrd === undefined);
  if (!isOne || path === undefined || path === '')
    throw new UsageError('guest-loader: give one of kernel= and initrd=');
  if (initrd !== undefined && bootargs !== undefined) throw new UsageError('bootargs= belongs to kernel=');
  return { kind: kernel === undefined ? 'ramdisk' : 'kernel', path, address: neededAddress(properties), bootargs };
}
