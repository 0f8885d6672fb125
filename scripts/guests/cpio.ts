/** Writer of cpio archives in the "newc" form, the one that Linux unpacks as initramfs (its initramfs buffer format). */

/** A file system entry; owner, group and all times are 0. */
export interface Entry {
  /** From the root, without a leading slash. */
  readonly path: string;
  /** st_mode: type and permissions. */
  readonly mode: number;
  /** Of a file its bytes, of a symbolic link its target. */
  readonly data?: Uint8Array;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
}

export const DIRECTORY = 0o040755;
export const PROGRAM = 0o100755;
export const FILE = 0o100644;
export const LINK = 0o120777;
export const CONSOLE_NODE = 0o020600;

const NOTHING = new Uint8Array();

function record(entry: Entry, inode: number): Uint8Array[] {
  const { path, mode, data = NOTHING, device = [0, 0] } = entry;
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [Buffer.from(header), name, padding(header.length + name.length), data, padding(data.length)];
}

/** Header with name, and data, each end on a multiple of 4 bytes. */
const padding = (bytes: number): Uint8Array => new Uint8Array(-bytes & 3);

/** The folders above the entries that the list lacks. */
function parents(entries: readonly Entry[]): Entry[] {
  const known = new Set(entries.map(({ path }) => path));
  const missing = new Set<string>();
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (!known.has(folder)) missing.add(folder);
    }
  }
  return [...missing].map((path) => ({ path, mode: DIRECTORY }));
}

/** The archive, uncompressed. The same entries in any order give the same bytes. */
export function cpio(entries: readonly Entry[]): Uint8Array {
  const all = [...entries, ...parents(entries)].sort((a, b) => (a.path < b.path ? -1 : 1));
  const trailer = { path: 'TRAILER!!!', mode: 0 };
  return Buffer.concat([...all, trailer].flatMap((entry, index) => record(entry, index + 1)));
}
