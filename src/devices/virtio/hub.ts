/** An Ethernet hub between network devices of one process. */

/** What joins a hub. */
export interface HubPort {
  /** A frame that another port has sent; the array is used again afterwards. */
  receive(frame: Uint8Array): void;
}

/** Frames reach every other port at once, in the order of joining. */
export class Hub {
  private readonly ports = new Set<HubPort>();

  join(port: HubPort): void {
    this.ports.add(port);
  }

  send(from: HubPort, frame: Uint8Array): void {
    for (const port of this.ports) if (port !== from) port.receive(frame);
  }
}
