/** The resources that the commands and the playbook use. */
export interface Place {
  readonly region: string;
  readonly golden: string;
  readonly instance: string;
  readonly snapshot: string;
  readonly key: string;
}

/** The JSON that a command has printed. */
type Output = ReturnType<typeof JSON.parse>;
type Results = Readonly<Record<string, Output>>;

/** A command of the AWS CLI, which can use the output of earlier ones, and what its output must have. */
interface Command {
  readonly name: string;
  readonly command: (place: Place, results: Results) => string[];
  readonly check?: (output: Output, place: Place, results: Results) => boolean;
}

const ec2 = (...words: string[]) => ['ec2', ...words];
const copied = (results: Results): string => results['copy-image'].ImageId;

export const AWS_CLI: readonly Command[] = [
  {
    name: 'copy-image',
    command: ({ region, golden, key }) => ec2('copy-image', '--name', 'cli-copy', '--source-region', region, '--source-image-id', golden, '--encrypted', '--kms-key-id', key,
      '--tag-specifications', 'ResourceType=image,Tags=[{Key=team,Value=cli}]'),
    check: ({ ImageId }) => /^ami-/.test(ImageId),
  },
  { name: 'wait image-exists', command: (_, results) => ec2('wait', 'image-exists', '--image-ids', copied(results)) },
  { name: 'wait image-available', command: (_, results) => ec2('wait', 'image-available', '--image-ids', copied(results)) },
  {
    name: 'describe-images',
    command: (_, results) => ec2('describe-images', '--image-ids', copied(results)),
    check: ({ Images: [image] }) => image.State === 'available' && image.Tags[0].Value === 'cli' && image.BlockDeviceMappings.length === 3,
  },
  {
    name: 'describe-snapshots',
    command: (_, results) => ec2('describe-snapshots', '--snapshot-ids', ...results['describe-images'].Images[0].BlockDeviceMappings.map((one: Output) => one.Ebs.SnapshotId)),
    check: ({ Snapshots }, { key }) => Snapshots.every((one: Output) => one.KmsKeyId === key && one.State === 'completed'),
  },
  { name: 'modify-image-attribute', command: (_, results) => ec2('modify-image-attribute', '--image-id', copied(results), '--launch-permission', 'Add=[{UserId=210987654321}]') },
  {
    name: 'describe-image-attribute',
    command: (_, results) => ec2('describe-image-attribute', '--image-id', copied(results), '--attribute', 'launchPermission'),
    check: ({ LaunchPermissions }) => LaunchPermissions[0].UserId === '210987654321',
  },
  { name: 'reset-image-attribute', command: (_, results) => ec2('reset-image-attribute', '--image-id', copied(results), '--attribute', 'launchPermission') },
  { name: 'enable-image-deprecation', command: (_, results) => ec2('enable-image-deprecation', '--image-id', copied(results), '--deprecate-at', '2034-06-01T00:00:00Z') },
  { name: 'disable-image-deprecation', command: (_, results) => ec2('disable-image-deprecation', '--image-id', copied(results)) },
  { name: 'disable-image', command: (_, results) => ec2('disable-image', '--image-id', copied(results)) },
  { name: 'enable-image', command: (_, results) => ec2('enable-image', '--image-id', copied(results)) },
  { name: 'enable-image-deregistration-protection', command: (_, results) => ec2('enable-image-deregistration-protection', '--image-id', copied(results)) },
  { name: 'disable-image-deregistration-protection', command: (_, results) => ec2('disable-image-deregistration-protection', '--image-id', copied(results)) },
  { name: 'create-tags', command: (_, results) => ec2('create-tags', '--resources', copied(results), '--tags', 'Key=stage,Value=test') },
  {
    name: 'describe-tags',
    command: (_, results) => ec2('describe-tags', '--filters', `Name=resource-id,Values=${copied(results)}`),
    check: ({ Tags }) => Tags.length === 2,
  },
  { name: 'delete-tags', command: (_, results) => ec2('delete-tags', '--resources', copied(results), '--tags', 'Key=stage') },
  {
    name: 'deregister-image',
    command: (_, results) => ec2('deregister-image', '--image-id', copied(results), '--delete-associated-snapshots'),
    check: ({ DeleteSnapshotResults }) => DeleteSnapshotResults.length === 3 && DeleteSnapshotResults.every((one: Output) => one.ReturnCode === 'success'),
  },
  { name: 'wait instance-running', command: ({ instance }) => ec2('wait', 'instance-running', '--instance-ids', instance) },
  { name: 'create-image', command: ({ instance }) => ec2('create-image', '--instance-id', instance, '--name', 'cli-image', '--no-reboot') },
  { name: 'wait for the image', command: (_, results) => ec2('wait', 'image-available', '--image-ids', results['create-image'].ImageId) },
  {
    name: 'register-image',
    command: ({ snapshot }) => ec2('register-image', '--name', 'cli-registered', '--root-device-name', '/dev/xvda', '--architecture', 'x86_64', '--virtualization-type', 'hvm',
      '--ena-support', '--block-device-mappings', `DeviceName=/dev/xvda,Ebs={SnapshotId=${snapshot},VolumeType=gp3}`, 'DeviceName=/dev/sdb,Ebs={VolumeSize=3}'),
  },
  {
    name: 'describe-images by filter',
    command: () => ec2('describe-images', '--owners', 'self', '--filters', 'Name=name,Values=cli-*', '--query', 'length(Images)'),
    check: output => output === 2,
  },
  {
    name: 'copy-snapshot',
    command: ({ region, snapshot, key }) => ec2('copy-snapshot', '--source-region', region, '--source-snapshot-id', snapshot, '--encrypted', '--kms-key-id', key),
  },
  { name: 'wait snapshot-completed', command: (_, results) => ec2('wait', 'snapshot-completed', '--snapshot-ids', results['copy-snapshot'].SnapshotId) },
  {
    name: 'modify-snapshot-attribute',
    command: (_, results) => ec2('modify-snapshot-attribute', '--snapshot-id', results['copy-snapshot'].SnapshotId, '--attribute', 'createVolumePermission', '--operation-type', 'add',
      '--user-ids', '210987654321'),
  },
  {
    name: 'describe-snapshot-attribute',
    command: (_, results) => ec2('describe-snapshot-attribute', '--snapshot-id', results['copy-snapshot'].SnapshotId, '--attribute', 'createVolumePermission'),
    check: ({ CreateVolumePermissions }) => CreateVolumePermissions[0].UserId === '210987654321',
  },
  { name: 'delete-snapshot', command: (_, results) => ec2('delete-snapshot', '--snapshot-id', results['copy-snapshot'].SnapshotId) },
  { name: 'create-volume', command: ({ region, key }) => ec2('create-volume', '--size', '1', '--availability-zone', `${region}a`, '--volume-type', 'gp3', '--encrypted', '--kms-key-id', key) },
  { name: 'wait volume-available', command: (_, results) => ec2('wait', 'volume-available', '--volume-ids', results['create-volume'].VolumeId) },
  { name: 'create-snapshot', command: (_, results) => ec2('create-snapshot', '--volume-id', results['create-volume'].VolumeId) },
  { name: 'enable-ebs-encryption-by-default', command: () => ec2('enable-ebs-encryption-by-default') },
  { name: 'get-ebs-default-kms-key-id', command: () => ec2('get-ebs-default-kms-key-id'), check: ({ KmsKeyId }) => KmsKeyId === 'alias/aws/ebs' },
  { name: 'describe-instance-types', command: () => ec2('describe-instance-types', '--filters', 'Name=instance-type,Values=m4.large'), check: ({ InstanceTypes }) => InstanceTypes.length === 1 },
  { name: 'terminate-instances', command: ({ instance }) => ec2('terminate-instances', '--instance-ids', instance) },
  { name: 'wait instance-terminated', command: ({ instance }) => ec2('wait', 'instance-terminated', '--instance-ids', instance) },
];
