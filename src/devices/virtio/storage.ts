/** What is behind a disk: the port that a host implements. */

/** Bytes by position, all within `bytes`. Nothing throws for what a disk is asked for; false: it could not be done. */
export interface Storage {
  /** Size, a multiple of 512. */
  readonly bytes: number;
  readonly isReadOnly: boolean;
  read(position: number, into: Uint8Array): boolean;
  /** What is written is there for every later read, but survives the host's power failure only after `flush`. */
  write(position: number, bytes: Uint8Array): boolean;
  /** Makes everything written so far durable. */
  flush(): boolean;
}
