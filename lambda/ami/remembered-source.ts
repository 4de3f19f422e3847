import { SourceImage } from './describe-source-image';

/** A source image as it was when the request began. */
export interface RememberedSource extends SourceImage {
  /** A digest of its UEFI data, if the account owns it and it starts by UEFI. */
  readonly uefiDataDigest?: string;
}
