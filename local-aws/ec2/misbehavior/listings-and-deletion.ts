import { snapshotsOf } from './encryption';
import { Misbehavior } from './misbehavior';
import { DeletionCode } from '../settings/snapshot-deletion-failures';

/** Lists that are not up to date, and states that contradict each other. */
export const listingMisbehaviors = {
  stale: { begin: ({ settings: { consistency } }) => { Object.assign(consistency, { untilVisible: 20_000, listsLag: 40_000 }); } },
  partial: { begin: ({ settings: { consistency } }) => { consistency.emptyFirstPages = true; } },
  anotherOrder: {
    answer: (response, { action }) => !action.startsWith('Describe') ? response : Object.fromEntries(Object.entries(response as Record<string, unknown>)
      .map(([name, value]) => [name, Array.isArray(value) ? [...value as unknown[]].reverse() : value])),
  },
  availableWhilePending: {
    complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => {
      snapshot.state = 'pending';
      ec2.state.schedule.scheduleTransition(ec2.clock.now() + 120_000, () => { snapshot.state = 'completed'; });
    }),
  },
  availableWithFailedSnapshot: {
    complete: (ec2, image) => snapshotsOf(ec2, image).forEach(snapshot => { Object.assign(snapshot, { state: 'error', stateMessage: 'Internal error' }); }),
  },
} as const satisfies Record<string, Misbehavior>;

/** Results of DeregisterImage for snapshots that stay. The call itself succeeds. */
export const deletionMisbehaviors = {
  successThatStays: stays('success'),
  skipped: stays('skipped'),
  missingPermissions: stays('missing-permissions'),
  internalError: stays('internal-error'),
  clientError: stays('client-error'),
} as const satisfies Record<string, Misbehavior>;

function stays(code: DeletionCode): Misbehavior {
  return { begin: ({ deletionFailures }) => deletionFailures.fail({ code }) };
}
