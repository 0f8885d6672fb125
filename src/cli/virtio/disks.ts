/** Opens the disk images of a command line and makes each VM's storage of them. */

import { SnapshotStorage } from '../../devices/virtio/snapshot-storage.ts';
import type { Storage } from '../../devices/virtio/storage.ts';
import type { Disk, Host } from '../../host/host.ts';
import { UsageError } from '../usage-error.ts';
import type { DriveSettings, VirtioSettings } from './settings.ts';

/** "QFI" and 0xfb: the first bytes of QEMU's own format. */
const QCOW_MAGIC = [0x51, 0x46, 0x49, 0xfb];

export class Disks {
  private readonly disks = new Map<DriveSettings, Disk>();

  /** Opens all images. Throws FileError, and UsageError when two disks or several VMs would write one image. */
  constructor(
    private readonly settings: VirtioSettings,
    host: Pick<Host, 'openDisk'>,
    vms: number,
  ) {
    try {
      for (const drive of settings.drives) this.open(drive, host, vms);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private open(drive: DriveSettings, host: Pick<Host, 'openDisk'>, vms: number): void {
    const { path } = drive;
    const isWritten = !drive.isReadOnly && !this.isSnapshot(drive);
    if (isWritten && vms > 1) {
      throw new UsageError(`${path}: several VMs cannot write one disk; add readonly=on or snapshot=on`);
    }
    const disk = host.openDisk(path, !isWritten);
    for (const [other, { identity, isReadOnly }] of this.disks) {
      if (identity !== disk.identity || (isReadOnly && !isWritten)) continue;
      disk.close();
      throw new UsageError(`${path}: -drive ${other.path} is the same file; add readonly=on or snapshot=on to both`);
    }
    this.disks.set(drive, disk);
    if (!drive.isRaw && isQcow(disk)) {
      throw new UsageError(`${path}: not supported yet: qcow2; convert it with qemu-img convert -O raw`);
    }
  }

  private isSnapshot({ isSnapshot }: DriveSettings): boolean {
    return isSnapshot || this.settings.isSnapshot;
  }

  /** What a VM's disk is; changes of a snapshot are its own. */
  storageOf(drive: DriveSettings): Storage {
    const disk = this.disks.get(drive) as Disk;
    return this.isSnapshot(drive) && !drive.isReadOnly ? new SnapshotStorage(disk) : disk;
  }

  close(): void {
    for (const disk of this.disks.values()) disk.close();
  }
}

function isQcow(disk: Disk): boolean {
  const head = new Uint8Array(QCOW_MAGIC.length);
  return disk.bytes >= head.length && disk.read(0, head) && head.every((byte, i) => byte === QCOW_MAGIC[i]);
}
