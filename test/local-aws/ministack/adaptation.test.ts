import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { adapt, forMinistack, imageParameters, ownName } from '../../../local-aws/ministack/adaptation';

const LINUX = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';
const template = {
  Parameters: {
    Linux: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: LINUX },
    BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
  },
  Resources: {
    Copy: { Type: 'Custom::EncryptedAmiCopy', Properties: { SourceImageId: { Ref: 'Linux' } } },
    Server: {
      Type: 'AWS::EC2::Instance',
      DependsOn: ['Role'],
      Properties: { ImageId: { 'Fn::GetAtt': ['Copy', 'ImageId'] }, InstanceType: 't3.micro', SubnetId: { Ref: 'Subnet' } },
    },
  },
  Outputs: { InstanceId: { Value: { Ref: 'Server' } } },
};

test('replaces an instance by a launch template that refers to the image, and nothing else', () => {
  const adapted = forMinistack(template);
  expect(adapted.Resources.Server).toEqual({
    Type: 'AWS::EC2::LaunchTemplate',
    DependsOn: ['Role'],
    Properties: { LaunchTemplateData: { ImageId: { 'Fn::GetAtt': ['Copy', 'ImageId'] }, InstanceType: 't3.micro' } },
  });
  expect(adapted.Resources.Copy).toEqual(template.Resources.Copy);
  expect(adapted.Outputs).toEqual(template.Outputs);
});

test('replaces the names of image parameters by names that can be set', () => {
  expect(imageParameters(template)).toEqual([LINUX]);
  const { Parameters } = forMinistack(template);
  expect(Parameters.Linux.Default).toBe('/local/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64');
  expect(Parameters.Linux.Default).toBe(ownName(LINUX));
  expect(Parameters.BootstrapVersion).toEqual(template.Parameters.BootstrapVersion);
});

test('changes the template of a cloud assembly, and returns the original', () => {
  const assembly = mkdtempSync(join(tmpdir(), 'assembly-'));
  try {
    const file = join(assembly, 'GoldenImage.template.json');
    writeFileSync(file, JSON.stringify(template));
    expect(adapt(assembly, 'GoldenImage')).toEqual(template);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(forMinistack(template));
  } finally {
    rmSync(assembly, { recursive: true });
  }
});
