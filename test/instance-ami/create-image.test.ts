import { InstanceAmiProperties } from '../../src/contract';
import { ec2Error } from '../helpers/answers';
import { KEY, KEY_METADATA } from '../helpers/copies';
import { Case, failure, image, IMAGE_ID, InstanceId, KEYED, NOT_SHOWN, OWNED, PENDING, step, VOLUME_KEY, waiting } from '../helpers/instance-ami-steps';

/** The step that calls CreateImage: the checks before it, its parameters, and its refusals. */

beforeEach(() => ['warn' as const, 'info' as const].forEach(method => jest.spyOn(console, method).mockReturnValue(undefined)));

describe('CreateImage', () => {
  const tagged = (tags: object[]) => ['image', 'snapshot'].map(ResourceType => ({ ResourceType, Tags: tags }));
  const INPUT = { InstanceId, Name: 'Images-attempt', Description: `Image of ${InstanceId}`, NoReboot: false, TagSpecifications: tagged([OWNED]) };
  const device = (letter: string, more: object = {}) => ({ DeviceName: `/dev/sd${letter}`, MappingEnabled: true, ...more });
  const noDevice = { DeviceName: '/dev/sdb', NoDevice: '' };
  const deleted = (letter: string, DeleteOnTermination: boolean) => ({ DeviceName: `/dev/sd${letter}`, Ebs: { DeleteOnTermination } });

  test.each<[string, Partial<InstanceAmiProperties>, object]>([
    ['without more', {}, {}],
    ['without a reboot', { Reboot: false }, { NoReboot: true }],
    ['with a key of its own', KEYED, { Name: 'Images-attempt-1', TagSpecifications: tagged([{ Key: 'cdk-encrypted-ami:step', Value: 'image-of-instance' }, OWNED]) }],
    ['with a name and a description', { ImageName: 'golden', Description: 'mine' }, { Name: 'golden', Description: 'mine' }],
    ['with a device that is left out', { BlockDevices: [device('b', { MappingEnabled: false })] }, { BlockDeviceMappings: [noDevice] }],
    ['with a device whose volume stays', { BlockDevices: [device('b', { DeleteOnTermination: false })] }, { BlockDeviceMappings: [deleted('a', true), deleted('b', false)] }],
    ['with a device as it is', { BlockDevices: [device('b')] }, {}],
  ])('%s', async (_title, properties, input) => {
    const { outcome, inputs, memory } = await step({ properties });
    expect(outcome).toEqual(NOT_SHOWN);
    expect(inputs.CreateImage).toEqual({ ...INPUT, ...input });
    expect(memory.ids).toEqual({ image: IMAGE_ID });
  });

  test.each<[string, Case, object]>([
    ['of an image that EC2 shows', { byId: image({ State: 'pending' }) }, PENDING],
    ['without an ID', { answers: { CreateImage: {} } }, waiting('CreateImage returned no image ID')],
    ['that fails for a moment', { answers: { CreateImage: ec2Error('Unavailable') } }, { error: 'Unavailable', message: expect.any(String) }],
    ['that is denied', { answers: { CreateImage: ec2Error('UnauthorizedOperation') } }, failure(expect.stringContaining(`is not allowed to create an AMI of the instance ${InstanceId}`))],
    ['whose name belongs to an image that EC2 does not show', { answers: { CreateImage: ec2Error('InvalidAMIName.Duplicate') } },
      waiting('the AMI name "Images-attempt" is in use, but EC2 does not show by which AMI (EC2 InvalidAMIName.Duplicate: InvalidAMIName.Duplicate: refused)')],
    ['that was called before', { answers: { CreateImage: ec2Error('InvalidAMIName.Duplicate') }, byName: image({ State: 'pending' }) }, PENDING],
    ['whose name others have', { answers: { CreateImage: ec2Error('InvalidAMIName.Duplicate') }, byName: image({ Tags: [] }) }, failure(
      `The AMI name "Images-attempt" is in use by ${IMAGE_ID}. Choose another \`imageName\`, or remove it.`)],
    ['whose name an image of another instance has', { answers: { CreateImage: ec2Error('InvalidAMIName.Duplicate') }, byName: image({ SourceInstanceId: 'i-other' }) }, failure(
      expect.stringContaining('is in use by'))],
  ])('%s', async (_title, one, outcome) => {
    expect((await step(one)).outcome).toEqual(outcome);
  });

  test('an image that EC2 has accepted, and whose description is denied, is not explained as one that was refused', async () => {
    const DescribeImages = ({ ImageIds }: { ImageIds?: string[] }) => {
      if (ImageIds) {
        throw ec2Error('UnauthorizedOperation');
      }
      return { Images: [] };
    };
    expect((await step({ answers: { DescribeImages } })).outcome).toEqual({ error: 'UnauthorizedOperation', message: 'UnauthorizedOperation: refused' });
  });

  const disabled = (id: string) => ({ DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { ...KEY_METADATA, Arn: KeyId === 'alias/aws/ebs' ? VOLUME_KEY : KeyId, KeyState: KeyId === id ? 'Disabled' : 'Enabled' } }) });
  const SHARED = { SharedAccountIds: ['210987654321'] };

  test.each<[string, Case, object]>([
    ['a running instance', { instance: { State: { Name: 'stopping' } } }, waiting(expect.stringContaining('is stopping') as never)],
    ['the boot mode', { properties: { BootModeOverride: 'uefi' }, instance: { CurrentInstanceBootMode: 'legacy-bios' } }, failure(expect.stringContaining('has booted with legacy-bios'))],
    ['the key of a volume', { answers: disabled(VOLUME_KEY) }, failure(expect.stringMatching(/^The key of the instance's volume vol-a for \/dev\/sda .* is disabled/))],
    ['the key of the copy', { properties: KEYED, answers: disabled(KEY) }, failure(expect.stringMatching(/^`encryptionKey` .* is disabled/))],
    ['a key that can be shared', { properties: SHARED, answers: disabled('none') }, failure(expect.stringContaining('because the snapshot of /dev/sda'))],
    ['the name', { properties: { ImageName: 'a' } }, failure(expect.stringContaining('`imageName`'))],
    ['the name of the copy', { properties: { ...KEYED, ImageName: 'golden' }, byName: image({ Name: 'golden', Tags: [] }) }, failure(expect.stringContaining('The AMI name "golden" is in use by'))],
    ['that the request is not canceled', { request: { throwIfCanceled: () => Promise.reject(new Error('canceled')) } }, { error: 'Error', message: 'canceled' }],
  ])('needs %s', async (_title, one, outcome) => {
    const { outcome: actual, calls } = await step(one);
    expect(actual).toEqual(outcome);
    expect(calls).not.toContain('CreateImage');
  });

  test('may be shared with a key that replaces that of the volume', async () => {
    expect((await step({ properties: { ...KEYED, ...SHARED }, answers: disabled('none') })).calls).toContain('CreateImage');
  });
});
