import { runPython, testWithBoto3 } from './python';
import { arnOf } from '../../../local-aws/kms/key';
import { account, region, TestAws } from '../ec2/test-aws';

/** A client with another copy of AWS's model: what it can read, we have not merely agreed on with ourselves. */
const script = `
import boto3, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
url, key = sys.argv[1:]
def client(name):
    return boto3.client(name, endpoint_url=url, region_name='${region}', aws_access_key_id='AKIALOCAL${account}', aws_secret_access_key='local',
                        config=Config(retries={'total_max_attempts': 1}))
ec2, kms, out = client('ec2'), client('kms'), {}
source = ec2.describe_images(Owners=['self'], Filters=[{'Name': 'name', 'Values': ['golden-*']}])['Images'][0]
tags = [{'Key': 'a', 'Value': '<&>'}]
copy = lambda **more: ec2.copy_image(Name='boto', SourceRegion='${region}', SourceImageId=source['ImageId'], Encrypted=True, KmsKeyId=key, ClientToken='t',
    TagSpecifications=[{'ResourceType': 'image', 'Tags': tags}, {'ResourceType': 'snapshot', 'Tags': tags}], **more)
image = copy()['ImageId']
out['again'] = copy()['ImageId'] == image
out['image'] = ec2.describe_images(ImageIds=[image])['Images'][0]
out['snapshots'] = ec2.describe_snapshots(SnapshotIds=[d['Ebs']['SnapshotId'] for d in out['image']['BlockDeviceMappings']])['Snapshots']
out['owned'] = sum(len(page['Snapshots']) for page in ec2.get_paginator('describe_snapshots').paginate(OwnerIds=['self'], PaginationConfig={'PageSize': 5}))
ec2.modify_image_attribute(ImageId=image, Description={'Value': 'described'})
out['attribute'] = ec2.describe_image_attribute(ImageId=image, Attribute='description')['Description']['Value']
out['launched'] = ec2.run_instances(ImageId=source['ImageId'], InstanceType='t3.micro', MinCount=1, MaxCount=1,
    BlockDeviceMappings=[{'DeviceName': '/dev/sdb', 'NoDevice': ''}])['Instances'][0]['State']['Name']
out['deregistered'] = ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)['DeleteSnapshotResults']
errors = {}
for name, call in {
    'dry': lambda: copy(DryRun=True),
    'mismatch': lambda: copy(Description='other'),
    'missing': lambda: ec2.describe_images(ImageIds=['ami-00000000000000001']),
    'key': lambda: kms.describe_key(KeyId='alias/none'),
}.items():
    try:
        call()
    except ClientError as error:
        errors[name] = [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'], len(error.response['ResponseMetadata']['RequestId'])]
out['errors'] = errors
out['key'] = kms.describe_key(KeyId=key)['KeyMetadata']
print(json.dumps(out, default=str))
`;

testWithBoto3('boto3 copies, describes, launches and deregisters', async () => {
  const aws = await TestAws.start();
  try {
    const key = aws.kms.addKey({ alias: 'alias/boto' });
    aws.ec2.settings.timing.copyMetadata = 0;
    const out = await runPython('-c', script, aws.url, arnOf(key));

    expect(out).toMatchObject({
      again: true,
      image: {
        State: 'pending',
        Name: 'boto',
        Architecture: 'x86_64',
        EnaSupport: true,
        Public: false,
        OwnerId: account,
        Tags: [{ Key: 'a', Value: '<&>' }],
        SourceImageId: aws.ec2.seedImage('golden').id,
      },
      snapshots: Array(3).fill({ State: 'pending', StateMessage: 'Metadata updated', Encrypted: true, KmsKeyId: arnOf(key), Tags: [{ Key: 'a', Value: '<&>' }] }),
      owned: 7,
      attribute: 'described',
      launched: 'pending',
      deregistered: Array(3).fill({ ReturnCode: 'success' }),
      errors: {
        dry: ['DryRunOperation', 412, 36],
        mismatch: ['IdempotentParameterMismatch', 400, 36],
        missing: ['InvalidAMIID.NotFound', 400, 36],
        key: ['NotFoundException', 400, 36],
      },
      key: { Arn: arnOf(key), KeyState: 'Enabled', KeyUsage: 'ENCRYPT_DECRYPT' },
    });
    expect(aws.ec2.counts()).toMatchObject({ images: 0, instances: 1, volumes: 2 });
  } finally {
    await aws.stop();
  }
});
