/** What a command line says about firmware and about what goes into memory besides the image. */

/** A `loader` or `guest-loader` device. */
export type LoaderSettings =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly isRaw: boolean;
      readonly address: number | undefined;
      readonly cpu: number | undefined;
    }
  | { readonly kind: 'value'; readonly bytes: Uint8Array; readonly address: number; readonly cpu: number | undefined }
  | { readonly kind: 'entry'; readonly address: number; readonly cpu: number }
  | {
      readonly kind: 'kernel' | 'ramdisk';
      readonly path: string;
      readonly address: number;
      readonly bootargs: string | undefined;
    };

export interface FirmwareSettings {
  /** Path of what goes into the first bank of flash. */
  bios: string | undefined;
  /** In the order of the command line. */
  readonly loaders: LoaderSettings[];
}

export const defaultFirmware = (): FirmwareSettings => ({ bios: undefined, loaders: [] });
