import { KeyAuthorization } from './key-authorization';
import { Keys } from './keys';
import { Clock } from '../time/clock';

/** State and dependencies of the operations of KMS. */
export interface KmsContext {
  readonly clock: Clock;
  readonly keys: Keys;
  readonly authorization: KeyAuthorization;
}
