import { existsSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import { strToU8, zipSync } from 'fflate';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Iam } from '../../../local-aws/iam/iam';
import { S3Buckets } from '../../../local-aws/s3/buckets';
import { s3Service } from '../../../local-aws/s3/s3-service';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

const ACCOUNT = '123456789012';
const ZIP = Buffer.from(zipSync({ 'index.js': strToU8('exports.handler = 1;'), 'lib/deep.js': strToU8('2'), '../outside.js': strToU8('3') }));

let buckets: S3Buckets;
let server: WireServer;

beforeEach(async () => {
  const iam = new Iam();
  const clock = new Clock(0, 0);
  buckets = new S3Buckets(clock);
  const rest = { faults: new Faults(), log: new CallLog(), clock };
  server = await WireServer.start({ services: [s3Service(buckets)], principal: key => iam.principal(key), ...rest });
  buckets.create({ name: 'assets', account: ACCOUNT, region: 'eu-west-1' });
});

afterEach(async () => {
  await server.stop();
  buckets.reset();
});

function request(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}, account = ACCOUNT): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIALOCAL${account}/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0`;
  return fetch(server.url + path, { method, headers: { authorization, ...headers }, body: body && new Uint8Array(body) });
}

test('returns an object unchanged', async () => {
  const put = await request('PUT', '/assets/dir/a%20b.bin?x-id=PutObject', Buffer.from([0, 255, 13, 10]), { 'content-type': 'application/zip' });
  expect(put.status).toBe(200);

  const got = await request('GET', '/assets/dir/a%20b.bin');
  expect([...Buffer.from(await got.arrayBuffer())]).toEqual([0, 255, 13, 10]);
  expect(got.headers.get('etag')).toBe(put.headers.get('etag'));
  expect(got.headers.get('content-type')).toBe('application/zip');
  expect((await request('HEAD', '/assets/dir/a%20b.bin')).headers.get('content-length')).toBe('4');
  expect((await request('HEAD', '/assets/missing')).status).toBe(404);
});

test('removes the chunks of a body with a checksum', async () => {
  const chunked = Buffer.from('5;chunk-signature=0\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
  await request('PUT', '/assets/greeting', chunked, { 'content-encoding': 'aws-chunked', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' });
  expect(buckets.get('assets', 'greeting').body.toString()).toBe('hello world');
});

test('lists objects by prefix, in pages', async () => {
  ['b/2', 'b/1', 'a', 'b/3'].forEach(key => buckets.put('assets', key, Buffer.from(key)));
  const first = await (await request('GET', '/assets?list-type=2&prefix=b%2F&max-keys=2')).text();
  expect([...first.matchAll(/<Key>(.*?)<\/Key>/g)].map(match => match[1])).toEqual(['b/1', 'b/2']);
  expect(first).toContain('<IsTruncated>true</IsTruncated>');

  const token = /<NextContinuationToken>(.*?)</.exec(first)![1];
  const second = await (await request('GET', `/assets?list-type=2&prefix=b%2F&continuation-token=${encodeURIComponent(token)}`)).text();
  expect([...second.matchAll(/<Key>(.*?)<\/Key>/g)].map(match => match[1])).toEqual(['b/3']);
  expect(second).toContain('<IsTruncated>false</IsTruncated>');
});

test('answers the calls of the command line before an upload', async () => {
  expect(await (await request('GET', '/assets?location')).text()).toMatch(/<LocationConstraint[^>]*>eu-west-1</);
  expect(await (await request('GET', '/assets?encryption')).text()).toContain('<SSEAlgorithm>AES256</SSEAlgorithm>');
});

test.each([
  ['a bucket that is not there', '/nothing/key', {}, ACCOUNT, 404, 'NoSuchBucket'],
  ['an object that is not there', '/assets/key', {}, ACCOUNT, 404, 'NoSuchKey'],
  ['another account\'s bucket', '/assets/key', {}, '999999999999', 403, 'AccessDenied'],
  ['a bucket of another owner than expected', '/assets/key', { 'x-amz-expected-bucket-owner': '999999999999' }, ACCOUNT, 403, 'AccessDenied'],
  ['what this S3 does not do', '/assets?versioning', {}, ACCOUNT, 501, 'NotImplemented'],
  ['the permissions of an object', '/assets/key?acl', {}, ACCOUNT, 501, 'NotImplemented'],
  ['to delete an object', '/assets/key', { method: 'DELETE' }, ACCOUNT, 501, 'NotImplemented'],
])('refuses %s', async (_, path, { method = 'GET', ...headers }: Record<string, string>, account, status, code) => {
  const answer = await request(method, path, undefined, headers, account);
  expect(answer.status).toBe(status);
  expect(await answer.text()).toContain(`<Code>${code}</Code>`);
});

test('deletes a bucket only when it is empty', () => {
  buckets.put('assets', 'a', Buffer.from(''));
  expect(() => buckets.delete('assets')).toThrow(expect.objectContaining({ code: 'BucketNotEmpty' }));
  expect(() => buckets.create({ name: 'assets', account: ACCOUNT, region: 'us-east-1' })).toThrow(expect.objectContaining({ code: 'BucketAlreadyOwnedByYou' }));
  expect(() => buckets.create({ name: 'assets', account: '999999999999', region: 'us-east-1' })).toThrow(expect.objectContaining({ code: 'BucketAlreadyExists' }));
});

test.each([
  'https://s3.eu-west-1.amazonaws.com/assets/dir/template.json',
  'https://assets.s3.eu-west-1.amazonaws.com/dir/template.json',
  'http://127.0.0.1:4566/assets/dir/template.json',
])('finds a template by its URL %s', address => {
  buckets.put('assets', 'dir/template.json', Buffer.from('{}'));
  expect(buckets.getByUrl(address).body.toString()).toBe('{}');
});

test('unpacks a zip file once, and no file outside of its directory', () => {
  buckets.put('assets', 'code.zip', ZIP);
  buckets.put('assets', 'same.zip', ZIP);
  const directory = buckets.directoryOf('assets', 'code.zip');

  expect(readFileSync(join(directory, 'index.js'), 'utf8')).toBe('exports.handler = 1;');
  expect(readFileSync(join(directory, 'lib', 'deep.js'), 'utf8')).toBe('2');
  expect(existsSync(join(dirname(directory), 'outside.js'))).toBe(false);
  expect(buckets.directoryOf('assets', 'same.zip')).toBe(directory);

  buckets.reset();
  expect(existsSync(directory)).toBe(false);
});

test("fails with Lambda's error, when an object is not a zip file", () => {
  buckets.put('assets', 'code.zip', Buffer.from('no zip'));
  expect(() => buckets.directoryOf('assets', 'code.zip')).toThrow('Could not unzip uploaded file. Please check your file, then try to upload again.');
});
