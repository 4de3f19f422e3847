import { readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { HEADING, renderPermissions } from './permissions-table';
import { Deployment } from '../helpers/deployment';

/** `UPDATE_PERMISSIONS=1 npx jest test/provider/permissions` writes the second part of docs/permissions.md. */

const FILE = path.join(__dirname, '..', '..', 'docs', 'permissions.md');

test('docs/permissions.md has the statements of each feature, and a reason for each that allows more than a deployment uses', async () => {
  const account = await Deployment.start();
  try {
    const { text, withoutReason } = await renderPermissions(account);
    const [byHand] = readFileSync(FILE, 'utf8').split(HEADING);
    if (process.env.UPDATE_PERMISSIONS) {
      writeFileSync(FILE, `${byHand.trimEnd()}\n\n${text}`);
    }
    expect(withoutReason).toEqual([]);
    expect(readFileSync(FILE, 'utf8')).toBe(`${byHand.trimEnd()}\n\n${text}`);
  } finally {
    await account.stop();
  }
}, 120_000);
