import { visitAsContributor } from './contributor';
import { visitAsDatabaseEngineer } from './database-engineer';
import { visitAsOperator } from './operator';
import { visitAsPlatformEngineer } from './platform-engineer';
import type { Visitor } from './visitor';
import { hasCommand } from '../languages/run-command';
import { nightly } from '../setup/nightly';

/*
 * Four people follow README and the pages: code and commands are taken out of them, so that a changed page that leads nowhere fails. `npm test` only
 * checks that the pages have what the journeys take; the nightly run goes them. They need the AWS CLI.
 */

const JOURNEYS: readonly [string, (visitor: Visitor) => Promise<void>][] = [
  ['a platform engineer creates, checks, shares, refreshes and restores a golden image', visitAsPlatformEngineer],
  ['an operator repairs failed deployments', visitAsOperator],
  ['a database engineer gives each volume a key', visitAsDatabaseEngineer],
];

test('the pages have what the journeys take', () => {
  // each file takes it when it is loaded, and throws if a page has it no more, or twice
  expect(JOURNEYS.map(([, visit]) => visit.name)).toEqual(['visitAsPlatformEngineer', 'visitAsOperator', 'visitAsDatabaseEngineer']);
});

for (const [title, visit] of JOURNEYS) {
  nightly(title, async () => {
    // loads the local AWS and the SDK, which only the nightly run needs
    const visitor = await jest.requireActual<{ Visitor: typeof Visitor }>('./visitor').Visitor.start();
    try {
      await visit(visitor);
    } finally {
      await visitor.stop();
    }
  }, 20 * 60_000, () => hasCommand(['aws', '--version']) ? undefined : 'this machine has no AWS CLI');
}

nightly('a contributor changes the handler and a comment, and makes mistakes', visitAsContributor, 20 * 60_000);
