/** The error of every image that cannot be loaded: one clear line for the user. */

/** The files that a guest starts from. */
export type GuestFile = 'image' | 'initrd' | 'deviceTree' | 'firmware';

/** Its message is one line without the file's name: what is wrong, where (offsets in hex), what to do about it. */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  constructor(
    message: string,
    /** The file that is wrong, or has no room. */
    readonly file: GuestFile = 'image',
  ) {
    super(message);
  }
}
