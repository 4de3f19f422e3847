import { Size } from 'aws-cdk-lib';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';

/** Accounts can start with a concurrency quota of 10, and other functions use some of it. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

test('five builders complete in an account with a quota of 10 whose other functions use all of it for a minute, and half of it for the next', async () => {
  const { aws } = account;
  const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const keys = [1, 2].map(() => arnOf(aws.kms.addKey()));
  Object.assign(aws.lambda.concurrency, { quota: 10, usedByOthers: 5 });
  let isOver = false;
  const neighbour = (async () => {
    for (let minute = 0; !isOver; minute += 1) {
      aws.lambda.concurrency.usedByOthers = minute % 2 === 0 ? 10 : 5;
      await aws.clock.sleep(60_000);
    }
  })();
  const { status, failures } = await account.deploy(stack => {
    for (const number of [1, 2, 3, 4, 5]) {
      new MultiKeyAmiBuilder(stack, `Ami${number}`, {
        sourceImage: imageWithId(source),
        buildMethod: AmiBuildMethod.LAUNCH_INSTANCE,
        rootVolume: { encryptionKey: keyWithArn(stack, keys[0]) },
        blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, keys[1]) }) }],
      });
    }
  });
  const throttled = aws.stepFunctions.executions.flatMap(({ history }) => history.events)
    .filter(({ lambdaFunctionFailedEventDetails }) => lambdaFunctionFailedEventDetails?.error === 'Lambda.TooManyRequestsException').length;
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  expect(throttled).toBeGreaterThan(10);
  expect(aws.ec2.counts()).toEqual({ images: 5, snapshots: 10, volumes: 0, instances: 0 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  isOver = true;
  await neighbour;
  expect(aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);
