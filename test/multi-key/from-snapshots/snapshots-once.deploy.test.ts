import { Size } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../../helpers/deployment';
import { STEP } from '../../helpers/fail-every-invocation';
import { sample } from '../../setup/nightly';

/** Neither CopySnapshot nor CreateSnapshot has a client token, and EC2 may list a new snapshot only seconds later: each is paid for. */

const ACTIONS = ['CopySnapshot', 'CreateSnapshot'];
let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Faults of the first call of each action. */
const TROUBLES: Readonly<Record<string, (action: string) => void>> = {
  'nothing': () => undefined,
  'the response is dropped': action => account.aws.faults.add({ matches: `ec2:${action}`, dropResponse: true, times: 1 }),
  'the invocation dies': action => {
    let killed = false;
    account.aws.faults.add({
      matches: call => {
        if (call.action === action && !killed) {
          killed = true;
          void account.aws.lambda.kill(account.aws.lambda.invocations.find(({ functionName }) => functionName.includes(STEP))!.functionName);
        }
        return call.action === action;
      },
    });
  },
};

const CASES = [0, 5_000, 30_000].flatMap(lag => Object.keys(TROUBLES).map(trouble => [lag, trouble] as const));

test.each(sample(CASES, 5))('with a listing that lags %d ms, each device has one snapshot: %s', async (lag, trouble) => {
  account.aws.ec2.settings.consistency.listsLag = lag;
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  const [root, data] = [arnOf(account.aws.kms.addKey()), arnOf(account.aws.kms.addKey())];
  ACTIONS.forEach(TROUBLES[trouble]);
  const created = await account.deploy(buildOf(stack => ({
    sourceImage: imageWithId(source),
    buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
    rootVolume: { encryptionKey: keyWithArn(stack, root) },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, data) }) }],
  })));
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(ACTIONS.map(action => account.aws.log.of(`ec2:${action}`).filter(({ error }) => error === undefined).length)).toEqual([1, 1]);
  expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
