import { Image, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { selectBuilderInstanceTypes } from '../../../../lambda/multi-key/with-instance/builder-instance-types';
import { DeploymentError } from '../../../../lambda/outcomes';
import { answering } from '../../../helpers/answers';

/** The instance types that can run the builder, of those that are passed or of the default ones. */

const IMAGE: Image = { ImageId: 'ami-1', Architecture: 'x86_64', EnaSupport: true };
const TYPE: InstanceTypeInfo = { ProcessorInfo: { SupportedArchitectures: ['i386', 'x86_64'] } };

/** The types, or the message; EC2 answers in two pages with those of the table. */
async function select(
  image: Image, wanted: string[] | undefined, table: (name: string) => InstanceTypeInfo | undefined, volumes = 1,
): Promise<string[] | string> {
  const { aws, calls } = answering({
    DescribeInstanceTypes: ({ Filters: [{ Values }], NextToken }: { Filters: { Values: string[] }[]; NextToken?: string }) => {
      const types = Values.flatMap(name => { const type = table(name); return type ? [{ InstanceType: name, ...type }] : []; });
      return NextToken === undefined ? { NextToken: 'more' } : { InstanceTypes: types };
    },
  });
  const result = await selectBuilderInstanceTypes(aws, image, wanted, volumes).catch((error: unknown) => error);
  expect(calls.every(([, input]) => (input as { MaxResults?: number }).MaxResults === 100)).toBe(true);
  return result instanceof DeploymentError ? result.message : result as string[];
}

test.each<[string, Partial<Image>, string[]]>([
  ['Linux', {}, ['t3.small', 't3a.small', 't3.medium', 'm7i.large', 'm5.large', 't2.small', 'm4.large']],
  ['Windows', { Platform: 'Windows' }, ['t3.medium', 't3a.medium', 't3.large', 'm7i.large', 'm5.large', 't2.medium', 'm4.large']],
  ['Windows in the spelling of EC2', { Platform: 'windows' as never }, ['t3.medium', 't3a.medium', 't3.large', 'm7i.large', 'm5.large', 't2.medium', 'm4.large']],
  ['Linux on Arm', { Architecture: 'arm64' }, ['t4g.small', 't4g.medium', 'm7g.medium', 'm6g.medium']],
])('the default types of %s', async (_title, image, types) => {
  expect(await select({ ...IMAGE, ...image }, undefined, () => ({ ProcessorInfo: { SupportedArchitectures: ['x86_64', 'arm64'] } }))).toEqual(types);
});

test.each<[Partial<Image>, string]>([
  [{ Architecture: 'arm64', Platform: 'Windows' }, 'arm64'],
  [{ Architecture: 'i386' }, 'i386'],
  [{ Architecture: undefined }, 'undefined'],
])('an image with %j has no default type', async (image, name) => {
  expect(await select({ ...IMAGE, ...image }, undefined, () => TYPE)).toBe(`The builder instance has no default instance type for the architecture ${name}. Pass \`instanceTypes\`.`);
});

test('types that do not fit are left out, in the order in which they are passed', async () => {
  const table: Record<string, InstanceTypeInfo> = { 'm5.large': TYPE, 't4g.small': { ProcessorInfo: { SupportedArchitectures: ['arm64'] } }, 't3.small': TYPE };
  expect(await select(IMAGE, ['t4g.small', 't3.small', 'z9.huge', 'm5.large'], name => table[name])).toEqual(['t3.small', 'm5.large']);
  expect(await select(IMAGE, ['t4g.small', 'z9.huge'], name => table[name])).toBe(
    'No builder instance of ami-1 can be launched: t4g.small does not support x86_64, z9.huge does not exist in us-east-1. Pass other `instanceTypes`.');
});

const spec = (supported: string[], unsupported: string[] = []): Partial<Image> => ({
  InstanceTypeSpecification: {
    SupportedInstanceTypes: supported.map(InstanceType => ({ InstanceType })),
    UnsupportedInstanceTypes: unsupported.map(InstanceType => ({ InstanceType })),
  },
});
const EXCLUDED = 'is not among the instance types that the image supports';
const uefi: InstanceTypeInfo = { SupportedBootModes: ['uefi'] };
const bios: InstanceTypeInfo = { SupportedBootModes: ['legacy-bios'] };
const hvm: InstanceTypeInfo = { SupportedVirtualizationTypes: ['hvm'] };
const enaRequired: InstanceTypeInfo = { NetworkInfo: { EnaSupport: 'required' } };
const noTpm: InstanceTypeInfo = { NitroTpmSupport: 'unsupported' };

test.each<[string, Partial<Image>, InstanceTypeInfo, string | undefined]>([
  ['an image that lists the type', spec(['m5.large', 't3.small']), {}, undefined],
  ['an image that lists its family', spec(['t3.*']), {}, undefined],
  ['an image that lists other types', spec(['m5.large', 't3.smal', 't3.small2', 't3-small', 't*.micro']), {}, EXCLUDED],
  ['an image that lists one other type', spec(['m5.large']), {}, EXCLUDED],
  ['an image that excludes the type', spec([], ['m5.*', 't3.small']), {}, EXCLUDED],
  ['an image that excludes the type and lists its family', spec(['t3.*'], ['t3.small']), {}, EXCLUDED],
  ['an image that excludes others', spec([], ['m5.large']), {}, undefined],
  ['an image that lists nothing', { InstanceTypeSpecification: {} }, {}, undefined],
  ['a type that EC2 tells no architecture of', {}, { ProcessorInfo: undefined }, 'does not support x86_64'],
  ['a type of another architecture', {}, { ProcessorInfo: { SupportedArchitectures: ['arm64'] } }, 'does not support x86_64'],
  ['UEFI and a type without', { BootMode: 'uefi' }, bios, 'does not support UEFI'],
  ['UEFI and a type with it', { BootMode: 'uefi' }, uefi, undefined],
  ['UEFI and a type that EC2 does not tell it of', { BootMode: 'uefi' }, {}, undefined],
  ['UEFI preferred and a type without', { BootMode: 'uefi-preferred' }, bios, undefined],
  ['legacy BIOS and a type without', { BootMode: 'legacy-bios' }, uefi, 'does not support legacy BIOS'],
  ['legacy BIOS and a type with it', { BootMode: 'legacy-bios' }, bios, undefined],
  ['legacy BIOS and a type that EC2 does not tell it of', { BootMode: 'legacy-bios' }, {}, undefined],
  ['no boot mode and a type of UEFI alone', {}, uefi, undefined],
  ['paravirtual and a type without', { VirtualizationType: 'paravirtual' }, hvm, 'does not support the virtualization type paravirtual'],
  ['hardware virtualization and a type with it', { VirtualizationType: 'hvm' }, hvm, undefined],
  ['hardware virtualization and a type that EC2 does not tell it of', { VirtualizationType: 'hvm' }, {}, undefined],
  ['no virtualization type and a type of one', {}, hvm, undefined],
  ['no ENA and a type that requires it', { EnaSupport: false }, enaRequired, 'requires ENA, which the image does not support'],
  ['ENA and a type that requires it', {}, enaRequired, undefined],
  ['no ENA and a type that supports it', { EnaSupport: false }, { NetworkInfo: { EnaSupport: 'supported' } }, undefined],
  ['no ENA and a type that EC2 does not tell it of', { EnaSupport: false }, {}, undefined],
  ['NitroTPM and a type without', { TpmSupport: 'v2.0' }, noTpm, 'does not support NitroTPM'],
  ['NitroTPM and a type with it', { TpmSupport: 'v2.0' }, { NitroTpmSupport: 'supported' }, undefined],
  ['no NitroTPM and a type without', {}, noTpm, undefined],
])('%s', async (_title, image, type, reason) => {
  const result = await select({ ...IMAGE, ...image }, ['t3.small'], () => ({ ...TYPE, ...type }));
  expect(result).toEqual(reason === undefined ? ['t3.small'] : `No builder instance of ami-1 can be launched: t3.small ${reason}. Pass other \`instanceTypes\`.`);
});

test.each<[number, number | undefined, boolean]>([
  [27, undefined, true], [28, undefined, false], [39, 39, true], [40, 39, false],
])('%d volumes on a type of %s attachments fit: %s', async (volumes, MaximumEbsAttachments, fits) => {
  const result = await select(IMAGE, ['t3.small'], () => ({ ...TYPE, EbsInfo: { MaximumEbsAttachments } }), volumes);
  expect(result).toEqual(fits ? ['t3.small'] : expect.stringContaining(`t3.small supports ${MaximumEbsAttachments ?? 27} volumes, not ${volumes}.`));
});
