/** What the initramfs needs to know of an ELF64 file: the libraries that it asks for, and a module's own description. */

interface Section {
  readonly name: string;
  readonly bytes: Buffer;
  /** Index of the string table that goes with it. */
  readonly link: number;
}

const DT_NEEDED = 1n;

/** All sections (System V ABI, "Sections"). The files come from signed packages: no more is checked than their magic. */
function sections(file: Buffer): Section[] {
  const table = Number(file.readBigUInt64LE(0x28));
  const entryBytes = file.readUInt16LE(0x3a);
  const headers = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) =>
    file.subarray(table + index * entryBytes, table + (index + 1) * entryBytes),
  );
  const bytesOf = (header: Buffer): Buffer => {
    const offset = Number(header.readBigUInt64LE(0x18));
    return file.subarray(offset, offset + Number(header.readBigUInt64LE(0x20)));
  };
  const names = bytesOf(headers[file.readUInt16LE(0x3e)]);
  return headers.map((header) => ({
    name: text(names, header.readUInt32LE(0)),
    bytes: bytesOf(header),
    link: header.readUInt32LE(0x28),
  }));
}

const text = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, bytes.indexOf(0, at));

/** The shared objects that a dynamically linked file names (DT_NEEDED); none of a static one. */
export function neededLibraries(file: Buffer): string[] {
  const all = sections(file);
  const dynamic = all.find(({ name }) => name === '.dynamic');
  if (dynamic === undefined) return [];
  const needed: string[] = [];
  for (let at = 0; at < dynamic.bytes.length; at += 16) {
    if (dynamic.bytes.readBigInt64LE(at) === DT_NEEDED) {
      needed.push(text(all[dynamic.link].bytes, Number(dynamic.bytes.readBigUInt64LE(at + 8))));
    }
  }
  return needed;
}

/** The modules that a kernel module depends on, from its .modinfo. */
export function neededModules(file: Buffer): string[] {
  const info = sections(file).find(({ name }) => name === '.modinfo');
  const lines = info?.bytes.toString('latin1').split('\0') ?? [];
  const depends = lines.find((line) => line.startsWith('depends='))?.slice('depends='.length) ?? '';
  return depends.split(',').filter((name) => name !== '');
}
