import { Bucket, S3Buckets, StoredObject } from './buckets';
import { AwsError } from '../aws-call';
import { HttpRequest, HttpResponse, HttpService } from '../wire/service';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** The S3 operations with which the CDK command line uploads assets: path-style buckets, whole objects, no versions. */
export function s3Service(buckets: S3Buckets): HttpService {
  return {
    name: 's3',
    protocol: 'http',
    handle: async request => {
      try {
        return answer(buckets, request);
      } catch (error) {
        if (!(error instanceof AwsError)) {
          throw error;
        }
        return xml('Error', `<Code>${error.code}</Code><Message>${escape(error.message)}</Message><Resource>${escape(request.path)}</Resource>`, error.status);
      }
    },
  };
}

function answer(buckets: S3Buckets, request: HttpRequest): HttpResponse {
  const [, bucketName, ...rest] = request.path.split('/');
  const key = rest.join('/');
  const bucket = buckets.bucket(bucketName);
  if (bucket.account !== request.principal?.account) {
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  const owner = request.headers['x-amz-expected-bucket-owner'];
  if (owner && owner !== bucket.account) {
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  return key ? onObject(buckets, bucket, key, request) : onBucket(bucket, request);
}

function onBucket(bucket: Bucket, { method, query }: HttpRequest): HttpResponse {
  if (method === 'GET' && query.has('location')) {
    return xml('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region);
  }
  if (method === 'GET' && query.has('encryption')) {
    const algorithm = '<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>';
    return xml('ServerSideEncryptionConfiguration', `<Rule>${algorithm}<BucketKeyEnabled>false</BucketKeyEnabled></Rule>`);
  }
  if (method === 'GET' && query.get('list-type') === '2') {
    return listObjects(bucket, query);
  }
  throw notImplemented(method, query);
}

function onObject(buckets: S3Buckets, bucket: Bucket, key: string, request: HttpRequest): HttpResponse {
  const { method, query } = request;
  if ([...query.keys()].some(name => name !== 'x-id')) {
    throw notImplemented(method, query);
  }
  switch (method) {
    case 'PUT':
      return { status: 200, headers: { etag: `"${buckets.put(bucket.name, key, contentOf(request), request.headers['content-type']).etag}"` } };
    case 'GET':
      return withHeaders(buckets.get(bucket.name, key), true);
    case 'HEAD':
      // The response to HEAD has no body for the message.
      return bucket.objects.has(key) ? withHeaders(buckets.get(bucket.name, key), false) : { status: 404 };
    default:
      throw notImplemented(method, query);
  }
}

function withHeaders(object: StoredObject, body: boolean): HttpResponse {
  return {
    status: 200,
    headers: {
      'etag': `"${object.etag}"`,
      'last-modified': object.modified.toUTCString(),
      'content-type': object.contentType ?? 'binary/octet-stream',
      'content-length': String(object.body.length),
    },
    body: body ? object.body : undefined,
  };
}

function listObjects(bucket: Bucket, query: URLSearchParams): HttpResponse {
  const prefix = query.get('prefix') ?? '';
  const start = query.get('continuation-token') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const found = [...bucket.objects.values()].filter(({ key }) => key.startsWith(prefix) && key > start).sort((a, b) => a.key < b.key ? -1 : 1);
  const page = found.slice(0, limit);
  const contents = page.map(({ key, modified, etag, body }) =>
    `<Contents><Key>${escape(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag>`
    + `<Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`);
  const truncated = found.length > page.length;
  return xml('ListBucketResult', [
    `<Name>${bucket.name}</Name><Prefix>${escape(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${limit}</MaxKeys>`,
    `<IsTruncated>${truncated}</IsTruncated>`,
    truncated && page.length ? `<NextContinuationToken>${escape(page[page.length - 1].key)}</NextContinuationToken>` : '',
    ...contents,
  ].join(''));
}

/** The body without the chunks in which the SDK sends a checksum. */
function contentOf({ headers, body }: HttpRequest): Buffer {
  if (!headers['content-encoding']?.includes('aws-chunked') && !headers['x-amz-content-sha256']?.startsWith('STREAMING-')) {
    return body;
  }
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = body.indexOf('\r\n', at);
    const size = parseInt(body.toString('latin1', at, end), 16);
    if (!size) {
      break;
    }
    chunks.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}

function notImplemented(method: string, query: URLSearchParams): AwsError {
  return new AwsError('NotImplemented', `The local S3 has only what the CDK command line asks for, and not this: ${method} ?${query.toString()}`, 501);
}

function xml(root: string, content: string, status = 200): HttpResponse {
  const namespace = root === 'Error' ? '' : ` xmlns="${NAMESPACE}"`;
  return { status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${content}</${root}>` };
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
