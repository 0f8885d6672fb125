/** Negotiation of features (VIRTIO 1.2, 2.2): what a device offers, what the driver has accepted. */

import { F_ANY_LAYOUT, F_EVENT_IDX, F_INDIRECT_DESC, F_VERSION_1 } from './registers.ts';

/** The whole state, plain JSON: words of 32 feature bits. */
export interface FeaturesState {
  readonly accepted: readonly number[];
  readonly deviceSelect: number;
  readonly driverSelect: number;
}

const bit = (feature: number): number => (1 << (feature % 32)) >>> 0;

export class Features {
  /** Which word the driver reads and writes next. */
  deviceSelect = 0;
  driverSelect = 0;
  private readonly offered: readonly number[];
  private accepted = [0, 0];

  /** `own`: bits 0 to 23 of the device type. */
  constructor(
    own: number,
    private readonly isLegacy: boolean,
  ) {
    const low = own | bit(F_INDIRECT_DESC) | bit(F_EVENT_IDX);
    this.offered = isLegacy ? [(low | bit(F_ANY_LAYOUT)) >>> 0, 0] : [low >>> 0, bit(F_VERSION_1)];
  }

  /** The selected word of what is offered. */
  get word(): number {
    return this.offered[this.deviceSelect] ?? 0;
  }

  /** The driver writes the selected word. A legacy device never has more than it offers (2.2.3). */
  accept(value: number): void {
    const { driverSelect, accepted, offered } = this;
    if (driverSelect < 2) accepted[driverSelect] = this.isLegacy ? (value & offered[driverSelect]) >>> 0 : value;
  }

  /** Whether the device can work with what the driver has accepted (6.2: a modern one wants VERSION_1). */
  get areAcceptable(): boolean {
    const { accepted, offered } = this;
    return accepted.every((word, index) => (word & ~offered[index]) === 0) && (this.isLegacy || this.has(F_VERSION_1));
  }

  /** Whether the driver has accepted a feature. */
  has(feature: number): boolean {
    return (this.accepted[feature >>> 5] & bit(feature)) !== 0;
  }

  reset(): void {
    this.load({ accepted: [0, 0], deviceSelect: 0, driverSelect: 0 });
  }

  /** A copy of the state. */
  state(): FeaturesState {
    const { accepted, deviceSelect, driverSelect } = this;
    return { accepted: [...accepted], deviceSelect, driverSelect };
  }

  /** Takes over a `state()`. */
  load({ accepted, deviceSelect, driverSelect }: FeaturesState): void {
    this.accepted = [...accepted];
    this.deviceSelect = deviceSelect;
    this.driverSelect = driverSelect;
  }
}
