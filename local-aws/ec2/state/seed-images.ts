import { Image } from './records';
import { Seeding } from './seeding';
import { AccountAndRegion } from '../../aws-call';
import { arnOf } from '../../kms/key';
import { Kms } from '../../kms/kms';

/** The account of Amazon's images. */
const amazon = '137112412989';
const amazonWindows = '801119661308';

/** The seed images: Amazon's in every Region, the others in the account's own Region. */
export type SeedImageName = 'al2023-x86_64' | 'al2023-arm64' | 'windows-2025' | 'golden' | 'uefi-tpm' | 'instance-store';

export class SeedImages {
  private readonly images = new Map<string, Image>();

  public constructor(
    private readonly seeding: Seeding, private readonly kms: Kms, home: AccountAndRegion, private readonly regions: readonly string[],
  ) {
    regions.forEach(region => this.addAmazons(region));
    this.addOwn(home);
  }

  public image(name: SeedImageName, region: string): Image {
    const image = this.images.get(`${name} ${region}`);
    if (!image) {
      throw new Error(`no image ${name} in ${region}`);
    }
    return image;
  }

  /** Names and values of the public SSM parameters of a Region. */
  public publicParameters(region: string): Record<string, string> {
    if (!this.regions.includes(region)) {
      return {};
    }
    const linux = '/aws/service/ami-amazon-linux-latest/al2023-ami';
    const windows = '/aws/service/ami-windows-latest';
    return Object.fromEntries([
      ...['default', '6.1', '6.12'].flatMap(kernel => (['x86_64', 'arm64'] as const).flatMap(architecture => [
        [`${linux}-kernel-${kernel}-${architecture}`, this.image(`al2023-${architecture}`, region).id],
        [`${linux}-minimal-kernel-${kernel}-${architecture}`, this.image(`al2023-${architecture}`, region).id],
      ])),
      ...['2022-English-Full-Base', '2025-English-Full-Base', '2025-English-Core-Base']
        .map(name => [`${windows}/Windows_Server-${name}`, this.image('windows-2025', region).id]),
    ]) as Record<string, string>;
  }

  private addAmazons(region: string): void {
    for (const architecture of ['x86_64', 'arm64'] as const) {
      this.put(`al2023-${architecture}`, this.seeding.image({
        account: amazon,
        region,
        ownerAlias: 'amazon',
        public: true,
        name: `al2023-ami-2023.9.20251110.1-kernel-6.1-${architecture}`,
        description: `Amazon Linux 2023 AMI 2023.9.20251110.1 ${architecture} HVM kernel-6.1`,
        architecture,
        publicParameter: `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-${architecture}`,
        bootMode: architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
        imdsSupport: 'v2.0',
        devices: [{ deviceName: '/dev/xvda', size: 8, used: 1.6 }],
      }));
    }
    this.put('windows-2025', this.seeding.image({
      account: amazonWindows,
      region,
      ownerAlias: 'amazon',
      public: true,
      name: 'Windows_Server-2025-English-Full-Base-2025.11.12',
      description: 'Microsoft Windows Server 2025 Full Locale English AMI provided by Amazon',
      windows: true,
      publicParameter: '/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base',
      bootMode: 'uefi',
      imdsSupport: 'v2.0',
      devices: [
        { deviceName: '/dev/sda1', size: 30, used: 17 },
        { deviceName: 'xvdca', virtualName: 'ephemeral0' },
      ],
    }));
  }

  /** An image with three snapshots: unencrypted, encrypted with `aws/ebs`, encrypted with a customer managed key. */
  private addOwn({ account, region }: AccountAndRegion): void {
    const customerKey = this.kms.addKey({ account, region, alias: 'alias/golden-data', description: 'data volumes of the golden image' });
    const common = { account, region };
    this.put('golden', this.seeding.image({
      ...common,
      name: 'golden-2025-11',
      description: 'application server with data volumes',
      bootMode: 'uefi-preferred',
      imdsSupport: 'v2.0',
      tags: { team: 'platform', release: '2025-11' },
      devices: [
        { deviceName: '/dev/xvda', size: 8, used: 3 },
        { deviceName: '/dev/sdb', size: 20, used: 5, kmsKeyId: arnOf(this.kms.ebsKey(common)), deleteOnTermination: false },
        { deviceName: '/dev/sdc', size: 50, used: 10, kmsKeyId: arnOf(customerKey), type: 'io2', iops: 3000, deleteOnTermination: false },
      ],
    }));
    this.put('uefi-tpm', this.seeding.image({
      ...common,
      name: 'secure-boot-2025-11',
      bootMode: 'uefi',
      tpmSupport: 'v2.0',
      imdsSupport: 'v2.0',
      uefiData: Buffer.from('AMZNUEFI variable store of a secure boot image').toString('base64'),
      devices: [{ deviceName: '/dev/xvda', size: 10 }],
    }));
    this.put('instance-store', this.seeding.image({
      ...common,
      name: 'legacy-instance-store',
      instanceStore: true,
      devices: [],
    }));
  }

  private put(name: SeedImageName, image: Image): void {
    this.images.set(`${name} ${image.region}`, image);
  }
}
