import * as schemas from '@aws-sdk/client-kms';
import { AccountAndRegion, Authorizer, Principal } from '../aws-call';
import { aliasOperations } from './alias-operations';
import { Key } from './key';
import { KeyAuthorization, KeyUse } from './key-authorization';
import { keyOperations } from './key-operations';
import { Found, Keys, KeySettings } from './keys';
import { KmsContext } from './kms-context';
import { readMembers } from './kms-read-members';
import { defaultKmsSwitches, KmsSwitches } from './kms-switches';
import { tagOperations } from './tag-operations';
import { Clock } from '../time/clock';
import { SchemaService } from '../wire/service';

export interface KmsOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** The account and Region of new keys; 123456789012 in us-east-1 by default. */
  readonly account?: string;
  readonly region?: string;
}

/** KMS: keys and their aliases, policies and states. It encrypts nothing. */
export class Kms {
  public readonly service: SchemaService;
  public readonly switches: KmsSwitches = { ...defaultKmsSwitches };
  private readonly place: AccountAndRegion;
  private parts: KmsContext;

  public constructor(private readonly options: KmsOptions) {
    this.place = { account: options.account ?? '123456789012', region: options.region ?? 'us-east-1' };
    this.parts = this.fresh();
    const parts = () => this.parts;
    this.service = {
      name: 'kms',
      protocol: 'json',
      schemas: { ...schemas },
      reads: readMembers,
      operations: { ...keyOperations(parts), ...aliasOperations(parts), ...tagOperations(parts) },
    };
  }

  /** Deletes all keys, and restores the switches. */
  public reset(): void {
    Object.assign(this.switches, defaultKmsSwitches);
    this.parts = this.fresh();
  }

  /** Adds a key without a request, for example one of another account. */
  public addKey(settings: KeySettings & Partial<AccountAndRegion> = {}): Key {
    return this.parts.keys.add({ account: settings.account ?? this.place.account, region: settings.region ?? this.place.region }, settings);
  }

  public addReplica(primary: Key, region: string): Key {
    return this.parts.keys.replicate(primary, region);
  }

  /** The account's `aws/ebs` key. */
  public ebsKey(place: AccountAndRegion = this.place): Key {
    return this.parts.keys.ebsKey(place);
  }

  /** Finds a key by ID, alias, or ARN of either, from an account and Region. */
  public find(place: AccountAndRegion, name: string): Found | undefined {
    return this.parts.keys.find(place, name);
  }

  /** True if the key policy and the caller's identity policies allow the use. */
  public allows(principal: Principal, key: Key, action: string, use: KeyUse): boolean {
    return this.parts.authorization.allows(principal, key, action, use);
  }

  private fresh(): KmsContext {
    const keys = new Keys(this.options.clock, this.switches);
    return { clock: this.options.clock, keys, authorization: new KeyAuthorization(keys, this.options.authorizer) };
  }
}
