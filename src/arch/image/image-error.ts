/** The error of every image that cannot be loaded: one clear line for the user. */

/** Its message is one line without the file's name: what is wrong, where (offsets in hex), what to do about it. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
