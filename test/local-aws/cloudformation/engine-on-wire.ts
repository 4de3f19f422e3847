import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Engine } from './engine';
import { allowAll } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { cloudFormationService } from '../../../local-aws/cloudformation/api/cloudformation-service';
import { Faults } from '../../../local-aws/fault-injection';
import { S3Buckets } from '../../../local-aws/s3/buckets';
import { WallTime } from '../../../local-aws/time/wall-time';
import { WireServer } from '../../../local-aws/wire/server';

export const ROLE_ARN = 'arn:aws:iam::123456789012:role/Deployer';

/** The types of the tests behind CloudFormation's own API, as its SDK client sees it. */
export class EngineOnWire {
  public static async start(): Promise<EngineOnWire> {
    const engine = new Engine();
    const server = await WireServer.start({
      services: [cloudFormationService({
        engine: engine.cloudFormation,
        buckets: new S3Buckets(engine.clock),
        wallTime: new WallTime(engine.clock),
        authorizer: allowAll,
        roleArns: () => [ROLE_ARN],
      })],
      principal: accessKeyId => ({ accessKeyId, account: '123456789012', arn: 'arn:aws:iam::123456789012:user/Admin' }),
      faults: new Faults(),
      log: new CallLog(),
      clock: engine.clock,
    });
    return new EngineOnWire(engine, server);
  }

  public readonly client: CloudFormationClient;

  private constructor(public readonly engine: Engine, private readonly server: WireServer) {
    this.client = new CloudFormationClient({
      endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'AKIALOCAL', secretAccessKey: 'secret' },
    });
  }

  public async stop(): Promise<void> {
    this.client.destroy();
    await this.server.stop();
  }
}
