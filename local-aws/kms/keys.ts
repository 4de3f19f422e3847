import { createHash, randomUUID } from 'crypto';
import { KeySpec, KeyState, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { AccountAndRegion, AwsError } from '../aws-call';
import { kmsArn } from './arns';
import { arnOf, Key } from './key';
import { ebsKeyPolicy, rootDelegation } from './key-policies';
import { KmsSwitches } from './kms-switches';
import { Clock } from '../time/clock';

export interface KeySettings {
  readonly spec?: KeySpec;
  readonly usage?: KeyUsageType;
  readonly state?: KeyState;
  readonly origin?: OriginType;
  readonly description?: string;
  readonly policy?: string;
  readonly manager?: 'AWS' | 'CUSTOMER';
  readonly multiRegion?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** For example `alias/golden`. */
  readonly alias?: string;
  readonly keyId?: string;
}

/** A key, and the alias in the request. */
export interface Found {
  readonly key: Key;
  readonly requestAlias?: string;
}

const uuid = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The keys and aliases of all accounts and Regions. */
export class Keys {
  private readonly keys = new Map<string, Key>();
  /** Key ARNs by alias ARN. */
  private readonly aliases = new Map<string, string>();
  /** The changes of aliases, the oldest first. */
  private readonly aliasChanges: { readonly alias: string; readonly before?: string; readonly at: number }[] = [];

  public constructor(private readonly clock: Clock, private readonly switches: KmsSwitches) {}

  public add(place: AccountAndRegion, settings: KeySettings = {}): Key {
    const key = this.make(place, settings);
    this.put(key);
    if (settings.alias) {
      this.aliases.set(kmsArn(place, settings.alias), arnOf(key));
    }
    return key;
  }

  /** Creates a key. */
  public make(place: AccountAndRegion, settings: KeySettings): Key {
    return {
      account: place.account,
      region: place.region,
      keyId: settings.keyId ?? (settings.multiRegion ? `mrk-${randomUUID().replaceAll('-', '')}` : randomUUID()),
      createdAt: this.clock.now(),
      spec: settings.spec ?? 'SYMMETRIC_DEFAULT',
      usage: settings.usage ?? 'ENCRYPT_DECRYPT',
      manager: settings.manager ?? 'CUSTOMER',
      origin: settings.origin ?? 'AWS_KMS',
      multiRegion: settings.multiRegion ? { primaryRegion: place.region } : undefined,
      state: settings.state ?? (settings.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled'),
      description: settings.description ?? '',
      policy: settings.policy ?? rootDelegation(place),
      rotation: false,
      tags: new Map(Object.entries(settings.tags ?? {})),
    };
  }

  public put(key: Key): void {
    this.keys.set(arnOf(key), key);
  }

  /** Creates the replica of a multi-Region key, with the same ID. AWS services treat it as a separate key. */
  public replicate(primary: Key, region: string, policy = rootDelegation({ account: primary.account, region })): Key {
    if (!primary.multiRegion) {
      throw new AwsError('UnsupportedOperationException', `${arnOf(primary)} is not a multi-Region primary key.`);
    }
    const replica: Key = { ...primary, region, createdAt: this.clock.now(), policy, tags: new Map() };
    this.put(replica);
    return replica;
  }

  /** The AWS managed key of EBS. KMS creates it when it is first needed. */
  public ebsKey(place: AccountAndRegion): Key {
    const existing = this.atAlias(kmsArn(place, 'alias/aws/ebs'));
    if (existing) {
      return existing;
    }
    const digits = createHash('sha256').update(`aws/ebs ${place.account} ${place.region}`).digest('hex');
    return this.add(place, {
      keyId: [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join('-'),
      manager: 'AWS',
      alias: 'alias/aws/ebs',
      policy: ebsKeyPolicy(place),
      description: 'Default key that protects my EBS volumes when no other key is defined',
    });
  }

  /** Finds a key by ID, alias or ARN of either. IDs and aliases without an ARN are those of the caller's account and Region. */
  public find(place: AccountAndRegion, name: string): Found | undefined {
    const arn = name.startsWith('arn:') ? name : kmsArn(place, name.startsWith('alias/') ? name : `key/${name}`);
    const [, , , region, account, resource] = arn.split(':');
    if (region !== place.region) {
      return undefined;
    }
    if (resource?.startsWith('alias/')) {
      const key = resource === 'alias/aws/ebs' && account === place.account ? this.ebsKey(place) : this.atAlias(arn);
      return key && { key, requestAlias: resource };
    }
    const key = this.at(arn);
    return key && { key };
  }

  /** Like `find`. Throws KMS's error if there is no such key. */
  public get(place: AccountAndRegion, name: string): Found {
    const found = this.find(place, name);
    if (!found) {
      throw notFound(place, name);
    }
    return found;
  }

  public of(place: AccountAndRegion): Key[] {
    return [...this.keys.values()].filter(key => key.account === place.account && key.region === place.region && this.exists(key));
  }

  /** The key and its replicas in all Regions. */
  public related(key: Key): Key[] {
    return [...this.keys.values()].filter(one => one.keyId === key.keyId && one.account === key.account && this.exists(one));
  }

  public setAlias(place: AccountAndRegion, alias: string, key: Key): void {
    this.noteChange(kmsArn(place, alias));
    this.aliases.set(kmsArn(place, alias), arnOf(key));
  }

  public deleteAlias(arn: string): boolean {
    this.noteChange(arn);
    return this.aliases.delete(arn);
  }

  /** The alias ARNs and key ARNs of one account and Region. */
  public aliasesOf(place: AccountAndRegion): [string, Key][] {
    const prefix = kmsArn(place, 'alias/');
    return [...this.aliases]
      .filter(([alias]) => alias.startsWith(prefix))
      .map(([alias, key]): [string, Key | undefined] => [alias, this.at(key)])
      .filter((pair): pair is [string, Key] => pair[1] !== undefined);
  }

  /** `alias/…` of one key, as authorization sees them: without the changes of the last minutes. */
  public aliasNamesInAuthorization(key: Key): string[] {
    const known = new Map<string, string | undefined>(this.aliases);
    for (const { alias, before, at } of [...this.aliasChanges].reverse()) {
      if (this.clock.now() < at + this.switches.aliasDelayMs) {
        known.set(alias, before);
      }
    }
    return [...known].filter(([, target]) => target === arnOf(key)).map(([alias]) => alias.slice(alias.indexOf(':alias/') + 1));
  }

  private noteChange(alias: string): void {
    this.aliasChanges.push({ alias, before: this.aliases.get(alias), at: this.clock.now() });
  }

  private at(arn: string): Key | undefined {
    const key = this.keys.get(arn);
    return key && this.exists(key) ? key : undefined;
  }

  private atAlias(arn: string): Key | undefined {
    const key = this.aliases.get(arn);
    return key === undefined ? undefined : this.at(key);
  }

  private exists(key: Key): boolean {
    return key.deletionDate === undefined || key.deletionDate > this.clock.now();
  }
}

function notFound(place: AccountAndRegion, name: string): AwsError {
  const region = name.startsWith('arn:') ? name.split(':')[3] : place.region;
  if (region !== place.region) {
    return new AwsError('NotFoundException', `Invalid arn ${region}`);
  }
  if (name.startsWith('alias/') || name.includes(':alias/')) {
    return new AwsError('NotFoundException', `Alias ${name.startsWith('arn:') ? name : kmsArn(place, name)} is not found.`);
  }
  if (!name.startsWith('arn:') && !uuid.test(name)) {
    return new AwsError('NotFoundException', `Invalid keyId '${name}'`);
  }
  return new AwsError('NotFoundException', `Key '${name.startsWith('arn:') ? name : kmsArn(place, `key/${name}`)}' does not exist`);
}
