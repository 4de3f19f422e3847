const { KMSClient, DescribeKeyCommand } = require('@aws-sdk/client-kms');

exports.onEvent = async event => {
  const { Name, KeyArn } = event.ResourceProperties;
  const { KeyMetadata } = await new KMSClient({}).send(new DescribeKeyCommand({ KeyId: KeyArn }));
  return { PhysicalResourceId: `thing-${Name}`, Data: { Name, KeyState: KeyMetadata.KeyState } };
};

exports.isComplete = async event => {
  if (event.ResourceProperties.Fail && event.RequestType !== 'Delete') {
    throw new Error(event.ResourceProperties.Fail);
  }
  return { IsComplete: true };
};
