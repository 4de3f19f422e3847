import type { EncryptionConfiguration } from '@aws-sdk/client-sfn';
import { Definition } from './language/state';

/** One state of a state machine's settings: an update makes another one. */
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
  /** The revision before the last update, and when that was. */
  previous?: { readonly revision: Revision; readonly replacedAt: number };
}

/** What a state machine is made of. */
export interface StateMachineSettings {
  readonly definition: string;
  readonly roleArn: string;
  readonly encryption?: EncryptionConfiguration;
}
