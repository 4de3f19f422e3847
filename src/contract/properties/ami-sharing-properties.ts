import { PropertyRules } from './property-rules';

/** With whom an AMI is shared. */
export interface Sharing {
  /** The accounts get the snapshots too, which cannot be shared with organizations and organizational units. */
  readonly SharedAccountIds?: readonly string[];
  readonly SharedOrganizationArns?: readonly string[];
  readonly SharedOrganizationalUnitArns?: readonly string[];
}

/** The properties of `Custom::AmiSharing`: an AMI that exists already, and with whom it is shared. */
export interface AmiSharingProperties extends Sharing {
  readonly ImageId: string;
}

export const SHARING_RULES: PropertyRules<Sharing> = {
  SharedAccountIds: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizationArns: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizationalUnitArns: { type: 'strings', required: false, change: 'in place' },
};

export const AMI_SHARING_RULES: PropertyRules<AmiSharingProperties> = {
  ...SHARING_RULES,
  ImageId: { type: 'string', required: true, change: 'replace' },
};
