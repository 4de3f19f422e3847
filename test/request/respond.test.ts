import { createServer, IncomingMessage, request as httpRequest, Server } from 'http';
import https from 'https';
import { AddressInfo } from 'net';
import { respond } from '../../lambda/request/respond';
import { RESOURCE_TYPES } from '../../src/contract';

/** Responses as CloudFormation receives them over the wire; only TLS is left out. */

let server: Server;
let status: number;
let received: { readonly method?: string; readonly url?: string; readonly type?: string; readonly body: string }[];

beforeEach(async () => {
  status = 200;
  received = [];
  server = createServer((incoming: IncomingMessage, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      received.push({ method: incoming.method, url: incoming.url, type: incoming.headers['content-type'], body: Buffer.concat(chunks).toString() });
      outgoing.writeHead(status).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  jest.spyOn(https, 'request').mockImplementation(((options: object, callback: () => void) => httpRequest(options, callback)) as typeof https.request);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await new Promise(resolve => server.close(resolve));
});

function eventOf() {
  const { port } = server.address() as AddressInfo;
  return {
    RequestType: 'Create' as const,
    ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
    ResponseURL: `http://127.0.0.1:${port}/arn%3Aaws%3Acloudformation/one?X-Amz-Signature=a%2Fb&X-Amz-Expires=7200`,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/11111111-1111-1111-1111-111111111111',
    RequestId: '22222222-2222-2222-2222-222222222222',
    LogicalResourceId: 'Copy',
    ResourceProperties: {},
  };
}

test('goes to the signed URL as it is, without a content type, and names the request', async () => {
  const { StackId, RequestId, LogicalResourceId, ...event } = eventOf();
  await respond({ StackId, RequestId, LogicalResourceId, ...event }, { status: 'SUCCESS', physicalId: 'it', data: { ImageId: 'ami-1' } });
  expect(received).toMatchObject([{ method: 'PUT', url: '/arn%3Aaws%3Acloudformation/one?X-Amz-Signature=a%2Fb&X-Amz-Expires=7200', type: '' }]);
  expect(JSON.parse(received[0].body)).toEqual({ Status: 'SUCCESS', PhysicalResourceId: 'it', StackId, RequestId, LogicalResourceId, Data: { ImageId: 'ami-1' } });
});

test.each([403, 500, 503])('that is answered with %p has not arrived', async code => {
  status = code;
  await expect(respond(eventOf(), { status: 'FAILED', physicalId: 'it', reason: 'because' })).rejects.toThrow(`HTTP status ${code}`);
});

test('that meets no server has not arrived', async () => {
  const event = eventOf();
  await new Promise(resolve => server.close(resolve));
  await expect(respond(event, { status: 'FAILED', physicalId: 'it', reason: 'because' })).rejects.toThrow('ECONNREFUSED');
});
