import type { EncryptionConfiguration } from '@aws-sdk/client-sfn';
import { Definition } from './language/state';

/** A revision of a state machine: each update creates another one. */
export interface Revision {
  /** `INITIAL` until the first update. */
  readonly id: string;
  readonly definition: Definition;
  readonly definitionText: string;
  readonly roleArn: string;
  readonly encryption?: EncryptionConfiguration;
}

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly created: number;
  status: 'ACTIVE' | 'DELETING';
  revision: Revision;
  /** The previous revision, and the time of the last update. */
  previous?: { readonly revision: Revision; readonly replacedAt: number };
}

/** The definition of a new state machine. */
export interface StateMachineSettings {
  readonly definition: string;
  readonly roleArn: string;
  readonly encryption?: EncryptionConfiguration;
}
