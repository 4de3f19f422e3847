import { appWith, output } from './app';
import { commandOf, exampleOf, rowOf, says } from './page';
import type { Visitor } from './visitor';

/*
 * An operator at two in the morning: a deployment fails. The message alone, or the row of the troubleshooting page that it leads to, says what to do;
 * after that the same app deploys.
 */

const PAGE = 'docs/troubleshooting.md';
const STACK = 'GoldenImage';
const OWNER = '444455556666';

const example = exampleOf('docs/sharing.md', 'sourceEncryptionKeys: [theirKey]');
const logCommands = ['describe-stack-resources', 'aws logs tail'].map(text => commandOf(PAGE, text));
const logOfPage = commandOf('docs/check-it-yourself.md', 'logs filter-log-events');
says(PAGE, 'the handler deletes the partly created AMI, its snapshots and the builder instance before it reports the failure');
says(PAGE, 'You can deploy again at any time.');

/** A night: what is wrong, the row of the page, the words of the message, and what the operator does. */
interface Night {
  readonly title: string;
  /** A part of the message as the page has it. */
  readonly row: string;
  /** A part of what the page tells to do. */
  readonly does: string;
  readonly message: RegExp;
  readonly prepare: (visitor: Visitor) => Given;
  readonly repair: (visitor: Visitor, message: string, given: Given) => Promise<void>;
}

interface Given {
  readonly imageId: string;
  readonly key: string;
  readonly more?: string;
}

const OWN_KEY = "new kms.Key(this, 'Key')";

const NIGHTS: readonly Night[] = [
  {
    title: 'the snapshot of the source is not shared',
    row: 'is visible to this account, but its snapshot … (…) is not, or it was deleted',
    does: 'Send the message to the owner of the source. Sharing an AMI does not share its snapshots; the command in the message does.',
    message: /The source image ami-\w+ is visible to this account, but its snapshot snap-\w+ \(\/dev\/xvda\) is not/,
    prepare: ({ aws }) => {
      const image = aws.ec2.addImage({ account: OWNER, name: 'theirs', devices: [{ deviceName: '/dev/xvda', size: 2 }] });
      image.launchPermissions.users.add(aws.account);
      return { imageId: image.id, key: OWN_KEY };
    },
    // the command has all IDs
    repair: async (visitor, message) => void await visitor.shell(commandIn(message, 'aws ec2 modify-snapshot-attribute'), OWNER),
  },
  {
    title: 'the key is disabled',
    row: '`… is disabled`',
    does: 'The owner of the key enables it',
    message: /`encryptionKey` \(arn:aws:kms:\S+\) is disabled\. Enable it, or use another key\./,
    prepare: ({ aws }) => {
      const { keyId } = aws.kms.addKey({ state: 'Disabled' });
      return { imageId: ownImage({ aws }), key: importedKey({ aws }, keyId), more: keyId };
    },
    repair: async (visitor, _, { more }) => void await visitor.shell(`aws kms enable-key --key-id ${more}`),
  },
  {
    title: 'the source is encrypted with a key that the app does not name',
    row: '`The handler role is not allowed to use …`',
    does: 'If the message asks for `sourceEncryptionKeys`, paste its expression there',
    message: /Pass it in `sourceEncryptionKeys`, with kms\.Key\.fromKeyArn\(this, "\w+", "arn:[^"]+"\)/,
    prepare: visitor => {
      const { aws } = visitor;
      const { keyId } = aws.kms.addKey();
      const image = aws.ec2.addImage({ name: `encrypted ${keyId}`, devices: [{ deviceName: '/dev/xvda', size: 2, kmsKeyId: arnOf(visitor, keyId) }] });
      return { imageId: image.id, key: OWN_KEY };
    },
    repair: async (visitor, message, { imageId }) => {
      const [expression] = /kms\.Key\.fromKeyArn\(this, "\w+", "arn:[^"]+"\)/.exec(message)!;
      visitor.write(appOf(imageId, OWN_KEY, expression));
    },
  },
];

export async function visitAsOperator(visitor: Visitor): Promise<void> {
  const before = visitor.inventory();
  for (const { title, row, does, message, prepare, repair } of NIGHTS) {
    const given = prepare(visitor);
    const beginning = visitor.inventory();
    visitor.write(appOf(given.imageId, given.key));
    const printed = await visitor.failToDeploy(STACK);
    expect([title, printed]).toEqual([title, expect.stringMatching(message)]);
    // the sentence of the page finds the message, and beside it stands what to do
    const [sentences, cure] = rowOf(PAGE, row);
    expect(sentencesOf(sentences).some(sentence => sentence.test(printed))).toBe(true);
    expect(cure).toContain(does);
    // nothing is left, and nothing is billed
    expect((await visitor.destroy(STACK)).exitCode).toBe(0);
    expect(visitor.inventory()).toEqual(beginning);

    await repair(visitor, printed, given);
    const { ImageId, KeyArn } = await visitor.deploy(STACK);
    expect([title, visitor.keysOf(ImageId)]).toEqual([title, { '/dev/xvda': KeyArn }]);
    await readLog(visitor, ImageId);
    expect((await visitor.destroy(STACK)).exitCode).toBe(0);
  }
  expect(visitor.inventory().stacks).toEqual(before.stacks);
}

/** The sentences of a cell, as patterns in which `…` is any text. */
function sentencesOf(cell: string): RegExp[] {
  return cell.split('<br>').map(sentence => {
    const text = sentence.replace(/^`` ?| ?``$|^`|`$/g, '');
    return new RegExp(text.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+?'));
  });
}

/** The commands of the page lead to the log group, and the log has the keys. */
async function readLog(visitor: Visitor, imageId: string): Promise<void> {
  const [findGroup] = logCommands;
  const logGroup = (await visitor.shell(findGroup)).trim();
  expect(logGroup).toMatch(/^\S+$/);
  expect(await visitor.shell(logOfPage.replace('LOG_GROUP', logGroup))).toContain(imageId);
}

function appOf(imageId: string, key: string, sourceKey = ''): string {
  const code = example.replace(/'ami-\w+'/, `'${imageId}'`).replace('[theirKey]', `[${sourceKey}]`).replace(/^declare const theirKey.*\n/m, '');
  const copy = "(this.node.findChild('Copied') as EncryptedAmiCopy)";
  return appWith(STACK, code, output('ImageId', `${copy}.imageId`) + output('KeyArn', 'key.keyArn'), { key });
}

/** The command of a message, up to its end. */
function commandIn(message: string, beginning: string): string {
  const at = message.indexOf(beginning);
  expect(at).toBeGreaterThan(-1);
  const [command] = /^aws ec2 modify-snapshot-attribute(?: --?[\w-]+(?: (?!--)[\w-]+)*)*/.exec(message.slice(at))!;
  return command;
}

function ownImage({ aws }: Pick<Visitor, 'aws'>): string {
  return aws.ec2.addImage({ name: `own ${aws.ec2.counts().images}`, devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
}

function importedKey(visitor: Pick<Visitor, 'aws'>, keyId: string): string {
  return `kms.Key.fromKeyArn(this, 'Key', '${arnOf(visitor, keyId)}')`;
}

function arnOf({ aws }: Pick<Visitor, 'aws'>, keyId: string): string {
  return `arn:aws:kms:${aws.region}:${aws.account}:key/${keyId}`;
}
