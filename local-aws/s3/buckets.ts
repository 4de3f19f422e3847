import { createHash } from 'crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join, resolve, sep } from 'path';
import { unzipSync } from 'fflate';
import { AwsError } from '../aws-call';
import { Clock } from '../time/clock';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly modified: Date;
  readonly contentType?: string;
}

export interface BucketDefinition {
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

export interface Bucket extends BucketDefinition {
  readonly objects: Map<string, StoredObject>;
}

/** The buckets of all accounts, in memory. */
export class S3Buckets {
  private readonly buckets = new Map<string, Bucket>();
  /** Unpacked zip files by the digest of their content. */
  private readonly directories = new Map<string, string>();
  private root?: string;

  public constructor(private readonly clock: Clock) {}

  public create(definition: BucketDefinition): Bucket {
    const existing = this.buckets.get(definition.name);
    if (existing) {
      throw existing.account === definition.account
        ? new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', 409)
        : new AwsError('BucketAlreadyExists', 'The requested bucket name is not available. The bucket namespace is shared by all users of the system.', 409);
    }
    const bucket: Bucket = { ...definition, objects: new Map() };
    this.buckets.set(definition.name, bucket);
    return bucket;
  }

  public delete(name: string): void {
    if (this.bucket(name).objects.size > 0) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    this.buckets.delete(name);
  }

  /** Every bucket, so that tests can check that none remains. */
  public list(): Bucket[] {
    return [...this.buckets.values()];
  }

  public bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) {
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    }
    return bucket;
  }

  public put(bucketName: string, key: string, body: Buffer, contentType?: string): StoredObject {
    const object: StoredObject = { key, body, etag: createHash('md5').update(body).digest('hex'), modified: this.clock.date(), contentType };
    this.bucket(bucketName).objects.set(key, object);
    return object;
  }

  public get(bucketName: string, key: string): StoredObject {
    const object = this.bucket(bucketName).objects.get(key);
    if (!object) {
      throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    }
    return object;
  }

  /** The object of a URL, in any of S3's forms or on a server of this machine. */
  public getByUrl(address: string): StoredObject {
    const url = new URL(address);
    const path = decodeURIComponent(url.pathname).replace(/^\//, '');
    const virtual = /^(.+)\.s3[.-][^/]*amazonaws\.com(\.cn)?$/.exec(url.hostname)?.[1];
    const [bucket, ...key] = virtual ? [virtual, path] : path.split('/');
    return this.get(bucket, key.join('/'));
  }

  /** Unpacks a zip file to a directory, as the code of a Lambda function. */
  public directoryOf(bucketName: string, key: string): string {
    const { body, etag } = this.get(bucketName, key);
    const known = this.directories.get(etag);
    if (known) {
      return known;
    }
    if (this.root === undefined) {
      this.root = mkdtempSync(join(tmpdir(), 'local-aws-s3-'));
      process.once('exit', this.removeUnpacked);
    }
    const directory = join(this.root, etag);
    for (const [name, content] of Object.entries(unzip(body, key))) {
      const path = resolve(directory, name);
      if (!path.startsWith(directory + sep) || name.endsWith('/')) {
        continue;
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    this.directories.set(etag, directory);
    return directory;
  }

  /** Deletes all buckets and unpacked files. */
  public reset(): void {
    this.buckets.clear();
    this.directories.clear();
    this.removeUnpacked();
  }

  private readonly removeUnpacked = (): void => {
    if (this.root !== undefined) {
      process.removeListener('exit', this.removeUnpacked);
      rmSync(this.root, { recursive: true, force: true });
      this.root = undefined;
    }
  };
}

function unzip(body: Buffer, key: string): Record<string, Uint8Array> {
  try {
    return unzipSync(body);
  } catch {
    throw new AwsError('InvalidParameterValueException', `Could not unzip uploaded file. Please check your file, then try to upload again. (${key})`);
  }
}
