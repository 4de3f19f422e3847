import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { describeDevicesOfImage, describeDevicesOfInstance } from '../../local-aws/device-report';
import { LocalAws } from '../../local-aws/local-aws';

test('describes the devices of an image and of an instance', async () => {
  const aws = await LocalAws.start();
  const ec2 = new EC2Client(aws.clientOptions());
  try {
    const { id } = aws.ec2.seedImage('al2023-x86_64');
    const { Instances } = await ec2.send(new RunInstancesCommand({
      ImageId: id,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
    }));
    const instanceId = Instances![0].InstanceId!;

    const [snapshot] = await describeDevicesOfImage(ec2, id);
    expect(snapshot).toMatchObject({ ownerId: id, device: '/dev/xvda', id: expect.stringMatching(/^snap-/), gibibytes: 8, encrypted: false });
    const [volume] = await describeDevicesOfInstance(ec2, instanceId);
    expect(volume).toMatchObject({ ownerId: instanceId, id: expect.stringMatching(/^vol-/), encrypted: true, key: expect.stringMatching(/:key\//) });
  } finally {
    ec2.destroy();
    await aws.stop();
  }
});
