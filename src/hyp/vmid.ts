/** VMIDs: given to a VM when it runs, in generations; when they are used up, one flush begins the next generation. */

/** A VM's VMID, valid while its generation is the allocator's. */
export interface VmidTag {
  vmid: number;
  generation: number;
}

/** A tag that no generation has. */
export const noVmid = (): VmidTag => ({ vmid: 0, generation: 0 });

/** What the allocator asks of the hypervisor. */
export interface VmidPorts {
  /** Tags of the VMs whose registers are in a CPU: they keep their VMIDs when a generation ends. */
  active(): Iterable<VmidTag>;
  /** Removes the translations of every VMID from the TLBs of all CPUs. */
  flush(): void;
}

/** VMID 0 is nobody's: it is in VTTBR_EL2 while no VM is loaded. */
export class VmidAllocator {
  generation = 1;
  private readonly used: Uint8Array;
  private cursor = 1;

  constructor(
    bits: number,
    private readonly ports: VmidPorts,
  ) {
    this.used = new Uint8Array(2 ** bits);
  }

  isCurrent(tag: VmidTag): boolean {
    return tag.generation === this.generation;
  }

  /** Gives the tag a VMID of the current generation, unless it has one. */
  assign(tag: VmidTag): void {
    if (this.isCurrent(tag)) return;
    let vmid = this.used.indexOf(0, this.cursor);
    if (vmid < 0) {
      this.rollOver();
      vmid = this.used.indexOf(0, 1);
      if (vmid < 0) throw new Error(`more CPUs run VMs than there are VMIDs (${this.used.length - 1})`);
    }
    this.used[vmid] = 1;
    this.cursor = vmid + 1;
    tag.vmid = vmid;
    tag.generation = this.generation;
  }

  private rollOver(): void {
    const previous = this.generation++;
    this.used.fill(0);
    for (const tag of this.ports.active()) {
      if (tag.generation !== previous) continue;
      tag.generation = this.generation;
      this.used[tag.vmid] = 1;
    }
    this.ports.flush();
  }
}
