import { readFileSync } from 'fs';
import { join } from 'path';
import { DEVICE_ATTRIBUTES, IMAGE_ATTRIBUTES, SNAPSHOT_LOCATION, UEFI_DATA } from '../../lambda/ami/verification/attribute-table';

/* docs/how-it-works.md has the decisions of the code. */

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'how-it-works.md'), 'utf8');
const rows = page.split('## What is compared')[1].split('\n## ')[0].split('\n').filter(line => /^\| (?!---|attribute)/.test(line)).map(line => line.split('|').map(cell => cell.trim()));

test('each attribute has a row with its decision, and each row is an attribute', () => {
  const decisions = rows.flatMap(([, name, text]) => name.startsWith('`') ? [[name.replaceAll('`', ''), text.match(/^\w+/)![0]]] : []);
  expect(Object.fromEntries(decisions)).toEqual({ ...IMAGE_ATTRIBUTES, ...DEVICE_ATTRIBUTES });
});

test('the other rows', () => {
  const text = (name: string) => rows.find(row => row[1] === name)?.[2];
  expect(text('location of a snapshot')).toBe(`${SNAPSHOT_LOCATION.copy} for a copy; otherwise a ${SNAPSHOT_LOCATION.other}`);
  expect(text('UEFI data')).toMatch(new RegExp(`^${UEFI_DATA.lost}; a ${UEFI_DATA.changedByBoot} if the builder instance has changed it;`));
  expect(UEFI_DATA.changed).toBe(UEFI_DATA.lost);
  expect([text('encryption and key of each snapshot'), text('a device too many or too few'), text('description and tags')]).toEqual(['fatal', 'fatal', 'corrected']);
});
