import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageWithId, NOTHING } from '../../helpers/deployment';
import { REQUEST } from '../../helpers/fail-every-invocation';
import { sample } from '../../setup/nightly';

/** Lambda delivers a request after CloudFormation has cancelled it, while another update of the same stack is in progress: it makes nothing. */

let account: Deployment;
let sources: string[];
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  account.aws.cloudFormationSwitches.canceledRequest = 'abandon';
  sources = ['one', 'other'].map(name => account.aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 4 }] }).id);
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** A stack with a copy, one more copy that is wanted late, and a resource that fails. */
function stackOf(parts: { readonly description?: string; readonly late?: string; readonly other?: string; readonly fails?: boolean }) {
  return (stack: Stack) => {
    const copy = (id: string, source: string) => new EncryptedAmiCopy(stack, id, {
      sourceImage: imageWithId(source), useDefaultKey: true, description: parts.description,
    });
    new CfnOutput(stack, 'ImageId', { value: copy('First', sources[0]).imageId });
    if (parts.late !== undefined) {
      new CfnOutput(stack, 'LateId', { value: copy('Late', parts.late).imageId });
    }
    if (parts.other !== undefined) {
      copy('Other', parts.other);
    }
    if (parts.fails) {
      new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' });
    }
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let seconds = 0; !condition(); seconds += 1) {
    if (seconds > 3_600) {
      throw new Error(`not within an hour: ${condition}`);
    }
    await account.aws.clock.sleep(1_000);
  }
}

const copies = () => account.aws.log.of('ec2:CopyImage').filter(({ error }) => error === undefined).length;
const ended = () => until(() => account.aws.stepFunctions.executions.every(({ running }) => !running));

/** A request that Lambda keeps until `deliver`. */
class KeptRequest {
  private payload?: string;

  public constructor(type: 'Create' | 'Update') {
    account.aws.lambda.faults.add({
      matches: (name, payload) => {
        const isMeant = name.includes(REQUEST) && payload.includes(`"RequestType":"${type}"`) && payload.includes('"LogicalResourceId":"Late');
        if (isMeant) {
          this.payload ??= payload;
        }
        return isMeant;
      },
      delay: 7 * 24 * 3_600_000,
      times: 1,
    });
  }

  /** Delivers it, and waits for the end of its execution. */
  public async deliver(): Promise<void> {
    const { ServiceToken, RequestId } = JSON.parse(this.payload!) as { ServiceToken: string; RequestId: string };
    expect(account.aws.stepFunctions.executions.map(({ name }) => name)).not.toContain(RequestId);
    account.aws.lambda.invokeAsync(ServiceToken, this.payload!);
    await until(() => account.aws.stepFunctions.executions.some(({ name, running }) => name === RequestId && !running));
  }
}

/** Deploys, and has the request delivered meanwhile. */
async function deployMeanwhile(kept: KeptRequest, define: (stack: Stack) => void) {
  account.aws.clock.advance(20 * 60_000);
  const started = account.aws.stepFunctions.executions.length;
  account.aws.ec2.settings.timing.copyStart = 10 * 60_000;
  const deployed = account.deploy(define);
  await until(() => account.aws.stepFunctions.executions.length > started);
  await kept.deliver();
  return deployed;
}

test.each(sample([['changes another resource', 'Other'], ['creates the same resource again', 'Late']], 1))('a Create, while an update %s', async (_what, id) => {
  await account.deploy(stackOf({}));
  const kept = new KeptRequest('Create');
  expect((await account.deploy(stackOf({ late: sources[0], fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  const before = copies();
  const { status, failures } = await deployMeanwhile(kept, stackOf(id === 'Late' ? { late: sources[0] } : { other: sources[0] }));
  expect({ status, failures }).toEqual({ status: 'UPDATE_COMPLETE', failures: [] });
  await ended();
  expect(copies()).toBe(before + 1);
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, images: 2, snapshots: 2 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

test.each(sample([['changes another resource', false], ['replaces the same resource', true]] as const, 1))('an Update that replaces, while an update %s', async (_what, same) => {
  await account.deploy(stackOf({ late: sources[0] }));
  const kept = new KeptRequest('Update');
  expect((await account.deploy(stackOf({ late: sources[1], fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  const before = copies();
  const { status, failures } = await deployMeanwhile(kept, stackOf(same ? { late: sources[1] } : { late: sources[0], other: sources[1] }));
  expect({ status, failures }).toEqual({ status: 'UPDATE_COMPLETE', failures: [] });
  await ended();
  expect(copies()).toBe(before + 1);
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, images: same ? 2 : 3, snapshots: same ? 2 : 3 });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
}, 60_000);

test('an Update in place, after another update: nothing changes', async () => {
  const { outputs } = await account.deploy(stackOf({ late: sources[0], description: 'first' }));
  const kept = new KeptRequest('Update');
  expect((await account.deploy(stackOf({ late: sources[0], description: 'late', fails: true }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await account.deploy(stackOf({ late: sources[0], description: 'last' }))).outputs).toEqual(outputs);
  account.aws.clock.advance(20 * 60_000);
  await kept.deliver();
  expect([outputs.ImageId, outputs.LateId].map(id => account.aws.ec2.image(id)!.description)).toEqual(['last', 'last']);
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, images: 2, snapshots: 2 });
});
