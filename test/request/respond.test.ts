import { createServer, IncomingMessage, request as httpRequest, Server, ServerResponse } from 'http';
import https from 'https';
import { AddressInfo } from 'net';
import { renderResponse } from '../../lambda/request/render-response';
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
  const closed = new Promise(resolve => server.close(resolve));
  // a response that has not arrived can have left one open
  server.closeAllConnections();
  await closed;
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

test.each([400, 403, 500, 503])('that is answered with %p has not arrived', async code => {
  status = code;
  await expect(respond(eventOf(), { status: 'FAILED', physicalId: 'it', reason: 'because' })).rejects.toThrow(`HTTP status ${code}`);
});

test('whose answer ends too early has not arrived', async () => {
  server.removeAllListeners('request').on('request', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.writeHead(200, { 'content-length': 10 }).write('OK', () => outgoing.destroy());
  });
  await expect(respond(eventOf(), { status: 'SUCCESS', physicalId: 'it' })).rejects.toThrow('aborted');
});

test('that is not answered within ten seconds has not arrived', async () => {
  server.removeAllListeners('request');
  jest.spyOn(https, 'request').mockImplementation(((options: { timeout: number }, callback: () => void) => {
    expect(options.timeout).toBe(10_000);
    return httpRequest({ ...options, timeout: 20 }, callback);
  }) as typeof https.request);
  await expect(respond(eventOf(), { status: 'SUCCESS', physicalId: 'it' })).rejects.toThrow('CloudFormation did not accept the response within 10 seconds');
  server.closeAllConnections();
});

test('that meets no server has not arrived', async () => {
  const event = eventOf();
  await new Promise(resolve => server.close(resolve));
  await expect(respond(event, { status: 'FAILED', physicalId: 'it', reason: 'because' })).rejects.toThrow('ECONNREFUSED');
});

describe('the reason of a failure', () => {
  const LOG_GROUP = 'Images-CdkEncryptedAmiLog-1';
  const render = (reason: string, logGroup: string | undefined = LOG_GROUP) => {
    const body = renderResponse(eventOf(), { status: 'FAILED', physicalId: 'it', reason }, logGroup);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096);
    return (JSON.parse(body) as { Reason: string }).Reason;
  };
  const CUT = ` The log is in the log group ${LOG_GROUP}. This message is too long for CloudFormation: the log has all of it.`;
  const words = (count: number) => ` (EC2: ${Array.from({ length: count }, (_, index) => `/dev/sd${index}: "given key ID is not accessible" — ünd`).join('; ')})`;

  test('names the log group, if Lambda does', () => {
    expect(render('It failed.')).toBe(`It failed. The log is in the log group ${LOG_GROUP}.`);
    expect(renderResponse(eventOf(), { status: 'FAILED', physicalId: 'it', reason: 'It failed.' }, undefined)).toContain('"Reason":"It failed."');
  });

  test.each([8, 40])('has the words of EC2 about %d devices', count => {
    const reason = `The copy failed. Deploy again.${words(count)}`;
    expect(render(reason)).toBe(`${reason} The log is in the log group ${LOG_GROUP}.`);
  });

  test('that is too long loses what stands before the words of AWS, and says so', () => {
    const reason = `The copy failed. ${'x"'.repeat(3_000)}. (EC2 is not the words.)${words(20)}`;
    const cut = render(reason);
    expect(cut.startsWith('The copy failed. x"x"')).toBe(true);
    expect(cut.endsWith(`…${words(20)}${CUT}`)).toBe(true);
    expect(Buffer.byteLength(renderResponse(eventOf(), { status: 'FAILED', physicalId: 'it', reason }, LOG_GROUP))).toBeGreaterThan(4_090);
  });

  test('whose words of AWS alone are too long has the beginning of them', () => {
    const cut = render(`${'y'.repeat(600)}.${words(400)}`);
    expect(cut).toMatch(/^y{500}… \(EC2: \/dev\/sd0: "given key/);
    expect(cut.endsWith(`…${CUT}`)).toBe(true);
    expect(cut.length).toBeGreaterThan(2_500);
  });

  test('of control characters only, in a log group with the longest name, fits too', () => {
    expect(render('\u0007'.repeat(5_000), 'l'.repeat(512))).toContain(`The log is in the log group ${'l'.repeat(512)}.`);
  });

  describe('with exactly so many bytes as CloudFormation accepts', () => {
    const responseWith = (reason: string, physicalId = 'it') => renderResponse(eventOf(), { status: 'FAILED', physicalId, reason }, undefined);
    const free = (reason: string) => 4_096 - Buffer.byteLength(responseWith(reason));
    const reasonOf = (body: string) => (JSON.parse(body) as { Reason: string }).Reason;
    const END = '… This message is too long for CloudFormation: the log has all of it.';

    test('is whole, and with one more is cut', () => {
      const reason = 'a'.repeat(free(''));
      expect([reason, `${reason}a`].map(text => reasonOf(responseWith(text)) === text)).toEqual([true, false]);
    });

    test('has all words of AWS if 500 characters of the beginning remain', () => {
      const beginning = 'y'.repeat(500);
      const start = ' (EC2: )';
      const awsWords = start.replace(')', `${'w'.repeat(free(`${beginning}…${start}${END.slice(1)}`))})`);
      expect(reasonOf(responseWith(`${beginning}yy${'y'.repeat(200)}${awsWords}`))).toBe(`${beginning}…${awsWords}${END.slice(1)}`);
    });

    test('has no word of AWS if the beginning leaves no byte', () => {
      const body = responseWith(`${'y'.repeat(600)} (EC2: ${'w'.repeat(600)})`, 'p'.repeat(3_400));
      expect(Buffer.byteLength(body)).toBe(4_096);
      expect(reasonOf(body)).toMatch(/^y+…… This message is too long/);
    });
  });

  test('without words of AWS keeps its beginning', () => {
    expect(render('z'.repeat(9_000))).toMatch(/^z{2000,}… The log is in the log group /);
  });
});
