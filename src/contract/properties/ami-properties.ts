import { Sharing, SHARING_RULES } from './ami-sharing-properties';
import { PropertyRules } from './property-rules';
import { Tag, TAG_RULES } from '../tags';

/** The properties that every AMI of this library has. */
export interface ImageProperties extends Sharing {
  /** The whole name of the AMI. */
  readonly ImageName?: string;
  /** The beginning of the name of the AMI, if the user chose it. */
  readonly ImageNamePrefix?: string;
  /** The beginning of the name of the AMI, if the user chose neither a name nor a prefix. */
  readonly GeneratedNamePrefix: string;
  readonly Description?: string;
  /** A text that the user chooses; another text creates a new AMI. */
  readonly ContentVersion?: string;
  readonly Tags?: readonly Tag[];
  /** How long the creation of the AMI may take. */
  readonly TimeoutSeconds: number;
  /** `Delete` or `Retain`: whether CloudFormation deletes the AMI when the resource is removed or replaced. */
  readonly RemovalPolicy?: string;
}

export const IMAGE_RULES: PropertyRules<ImageProperties> = {
  ...SHARING_RULES,
  ImageName: { type: 'string', required: false, change: 'replace' },
  ImageNamePrefix: { type: 'string', required: false, change: 'replace' },
  GeneratedNamePrefix: { type: 'string', required: true, change: 'in place' },
  Description: { type: 'string', required: false, change: 'in place' },
  ContentVersion: { type: 'string', required: false, change: 'replace' },
  Tags: { type: 'structures', of: TAG_RULES, required: false, change: 'in place' },
  TimeoutSeconds: { type: 'integer', required: true, change: 'in place' },
  RemovalPolicy: { type: 'string', required: false, change: 'in place' },
};
