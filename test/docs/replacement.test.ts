import { readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from './pages';
import { IMAGE_RULES } from '../../src/contract/properties/ami-properties';
import { AMI_SHARING_RULES } from '../../src/contract/properties/ami-sharing-properties';
import { ENCRYPTED_AMI_COPY_RULES } from '../../src/contract/properties/encrypted-ami-copy-properties';
import { INSTANCE_AMI_RULES } from '../../src/contract/properties/instance-ami-properties';
import { MULTI_KEY_AMI_RULES } from '../../src/contract/properties/multi-key-ami-properties';
import { PropertyRule } from '../../src/contract/properties/property-rules';

/* The table of docs/golden-image.md has the properties that replace an AMI: `cdk diff` cannot show it. */

const page = readFileSync(join(ROOT, 'docs', 'golden-image.md'), 'utf8');

const replacing = (rules: Readonly<Record<string, PropertyRule>>) => Object.keys(rules).filter(name => rules[name].change === 'replace').sort();
const own = (rules: Readonly<Record<string, PropertyRule>>) => replacing(rules).filter(name => !(name in IMAGE_RULES));

test.each([
  ['all AMIs', replacing(IMAGE_RULES)],
  ['`Custom::EncryptedAmiCopy`', own(ENCRYPTED_AMI_COPY_RULES)],
  ['`Custom::MultiKeyAmi`', own(MULTI_KEY_AMI_RULES)],
  ['`Custom::InstanceAmi`', own(INSTANCE_AMI_RULES)],
  ['`Custom::AmiSharing`', own(AMI_SHARING_RULES)],
])('%s', (type, properties) => {
  const row = page.split('\n').find(line => line.startsWith(`| ${type} |`))!;
  expect([...row.split('|')[2]!.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(properties);
});
