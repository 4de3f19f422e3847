import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';

const WORKFLOWS = join(__dirname, '..', '.github', 'workflows');

test.each(readdirSync(WORKFLOWS))('%s names every action by its commit', file => {
  const actions = [...readFileSync(join(WORKFLOWS, file), 'utf8').matchAll(/\buses: *(\S+)/g)].map(([, action]) => action);
  expect(actions).not.toEqual([]);
  expect(actions.filter(action => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
});
