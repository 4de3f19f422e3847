import { attributeMisbehaviors } from './attributes';
import { deviceMisbehaviors } from './devices';
import { encryptionMisbehaviors } from './encryption';
import { deletionMisbehaviors, listingMisbehaviors } from './listings-and-deletion';
import { Misbehavior } from './misbehavior';
import { placeAndDescentMisbehaviors } from './place-and-descent';

/** Every kind of misbehavior, by its name. */
export const MISBEHAVIORS = {
  ...encryptionMisbehaviors,
  ...deviceMisbehaviors,
  ...attributeMisbehaviors,
  ...placeAndDescentMisbehaviors,
  ...listingMisbehaviors,
  ...deletionMisbehaviors,
} as const satisfies Record<string, Misbehavior>;

export type MisbehaviorName = keyof typeof MISBEHAVIORS;
