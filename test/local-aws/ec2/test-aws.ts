import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { Authorizer } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { Ec2, Ec2Options } from '../../../local-aws/ec2/ec2';
import { Faults } from '../../../local-aws/fault-injection';
import { Iam } from '../../../local-aws/iam/iam';
import { Kms } from '../../../local-aws/kms/kms';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

export const account = '123456789012';
export const otherAccount = '210987654321';
export const region = 'us-east-1';

/** EC2 and KMS behind an HTTP server, with a clock that only tests advance. */
export class TestAws {
  public static async start(options: Partial<Ec2Options> & { authorizer?: Authorizer } = {}): Promise<TestAws> {
    const clock = new Clock(0, Date.UTC(2026, 0, 1));
    const iam = new Iam();
    const authorizer = options.authorizer ?? iam;
    const kms = new Kms({ clock, authorizer });
    const instanceProfileArn = (owner: string, nameOrArn: string) => iam.instanceProfileArn(owner, nameOrArn);
    const ec2 = new Ec2({ clock, kms, serviceLinkedRoles: iam, instanceProfileArn, ...options, authorizer });
    const log = new CallLog();
    const server = await WireServer.start({
      services: [ec2.service, kms.service], principal: (key, at, service) => iam.principal(key, at, service), faults: new Faults(), log, clock,
    });
    return new TestAws(clock, kms, ec2, iam, log, server);
  }

  private readonly clients: { destroy(): void }[] = [];

  private constructor(
    public readonly clock: Clock, public readonly kms: Kms, public readonly ec2: Ec2, public readonly iam: Iam,
    public readonly log: CallLog, private readonly server: WireServer,
  ) {}

  public get url(): string {
    return this.server.url;
  }

  /** EC2 as the administrator of an account. */
  public client(by: string = account, at: string = region): EC2Client {
    return this.keep(new EC2Client(this.settings({ accessKeyId: `AKIALOCAL${by}`, secretAccessKey: 'local' }, at)));
  }

  /** EC2 as a role with one policy. */
  public clientOfRole(statements: object[], at: string = region, by: string = account): EC2Client {
    const arn = this.iam.putRole({ account: by, name: `role-${Math.random().toString(36).slice(2)}`, inlinePolicies: { p: { Version: '2012-10-17', Statement: statements } } });
    return this.keep(new EC2Client(this.settings(this.iam.credentials(arn), at)));
  }

  public kmsClient(by: string = account, at: string = region): KMSClient {
    return this.keep(new KMSClient(this.settings({ accessKeyId: `AKIALOCAL${by}`, secretAccessKey: 'local' }, at)));
  }

  public kmsClientOfRole(statements: object[], at: string = region, by: string = account): KMSClient {
    const arn = this.iam.putRole({ account: by, name: `role-${Math.random().toString(36).slice(2)}`, inlinePolicies: { p: { Version: '2012-10-17', Statement: statements } } });
    return this.keep(new KMSClient(this.settings(this.iam.credentials(arn), at)));
  }

  /** Minutes of EC2, enough for anything that is under way. */
  public pass(minutes = 60): void {
    this.clock.advance(minutes * 60_000);
  }

  public async stop(): Promise<void> {
    this.clients.forEach(client => client.destroy());
    await this.server.stop();
  }

  private settings(credentials: { accessKeyId: string; secretAccessKey: string }, at: string) {
    return { endpoint: this.server.url, region: at, credentials, maxAttempts: 1 };
  }

  private keep<T extends { destroy(): void }>(client: T): T {
    this.clients.push(client);
    return client;
  }
}
