import { randomUUID } from 'crypto';
import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import { AddressInfo } from 'net';
import { AwsError, Call, Principal } from '../aws-call';
import { CallLog } from '../call-log';
import { Fault, Faults } from '../fault-injection';
import { codecOf, ServiceCodec } from './codec';
import { refuseUnreadMembers } from './read-members';
import { plainError, refuseUnknownService } from './refusals';
import { HttpRequest, HttpResponse, HttpService, SchemaService, Service } from './service';
import { scopeOf, signedAt } from './signature';
import { Clock } from '../time/clock';

export interface WireServerOptions {
  readonly services: readonly Service[];
  /** Returns the principal of the access key. Throws `AwsError` if the key is unknown. */
  readonly principal: (accessKeyId: string, region: string, service: string) => Principal;
  /** Throws `AwsError` if the account has not enabled the Region. */
  readonly checkRegion?: (service: string, region: string) => void;
  readonly faults: Faults;
  readonly log: CallLog;
  readonly clock: Clock;
  /** The port on loopback; a free one by default. */
  readonly port?: number;
}

/** The destination of a response. */
interface Reply {
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly date: () => Date;
}

/** The name of the `HttpService` for requests without a signature. */
const unsigned = 'unsigned';

/** One HTTP server on loopback for all services. The scope of the signature determines the service. */
export class WireServer {
  public static async start(options: WireServerOptions): Promise<WireServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return new WireServer(server, options);
  }

  public readonly url: string;
  private readonly services = new Map<string, Service>();

  private constructor(private readonly server: Server, private readonly options: WireServerOptions) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // the server must not close a client's idle connection at the moment of its next request
    server.keepAliveTimeout = 60_000;
    options.services.forEach(service => this.add(service));
    server.on('request', (request, response) => {
      this.answer(request, response).catch(error => {
        process.stderr.write(`local AWS: ${error instanceof Error ? error.stack : String(error)}\n`);
        response.destroy();
      });
    });
  }

  public add(service: Service): void {
    this.services.set(service.name, service);
  }

  /** The services with a list of operations. The others read HTTP themselves. */
  public schemaServices(): SchemaService[] {
    return [...this.services.values()].filter(service => service.protocol !== 'http');
  }

  public async stop(): Promise<void> {
    await new Promise<void>(resolve => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const request = await readRequest(incoming);
    const scope = scopeOf(request.headers, request.query);
    const reply: Reply = { outgoing, requestId, date: this.clockOf(signedAt(request.headers, request.query)) };
    if (isOfBrowser(request)) {
      send(reply, plainError(new AwsError('AccessDenied', 'the local AWS does not answer web pages', 403)));
      return;
    }
    const service = this.services.get(scope?.service ?? unsigned);
    const region = scope?.region ?? 'us-east-1';
    if (!service) {
      send(reply, refuseUnknownService(scope?.service ?? unsigned, request, requestId));
      return;
    }
    if (service.protocol === 'http') {
      await this.answerHttp(service, { ...request, region }, scope?.accessKeyId, reply);
      return;
    }
    const codec = codecOf(service, request, requestId);
    let response: HttpResponse;
    let fault: Fault | undefined;
    try {
      this.options.checkRegion?.(service.name, region);
      const principal = this.options.principal(scope?.accessKeyId ?? '', region, service.name);
      ({ response, fault } = await this.callOperation(service, codec, { service: service.name, principal, region, requestId }));
    } catch (error) {
      response = codec.error(asAwsError(error));
    }
    this.options.log.answers?.record({ headers: {}, ...response, body: String(response.body ?? ''), service: service.name, action: codec.action });
    this.finish(reply, response, fault);
  }

  /**
   * Returns the clock of the client's signature: functions have the time of the local AWS, other programs that of the machine. With Node's own
   * `Date` header, the SDK in a function took every error of a test at speed 240 for clock skew after one second (it allows four minutes), and
   * sent the failed request up to four more times.
   */
  private clockOf(signed: number | undefined): () => Date {
    const { clock } = this.options;
    const isOfMachine = signed !== undefined && Math.abs(signed - Date.now()) < Math.abs(signed - clock.now());
    return () => isOfMachine ? new Date() : clock.date();
  }

  private async callOperation(
    service: SchemaService, codec: ServiceCodec, who: Omit<Call, 'action' | 'input'>,
  ): Promise<{ response: HttpResponse; fault?: Fault }> {
    const { clock, faults, log } = this.options;
    let input: Record<string, unknown> = {};
    let malformed: unknown;
    try {
      input = codec.input();
    } catch (error) {
      malformed = error;
    }
    const call: Call = { ...who, action: codec.action, input };
    const fault = faults.nextFault(call);
    const recorded = log.begin(call, clock.now());
    recorded.answered = !fault?.dropResponse;
    try {
      await this.delay(fault);
      if (fault?.error) {
        throw fault.error;
      }
      const operation = service.operations[call.action];
      if (!operation) {
        throw codec.unknownOperation();
      }
      if (malformed) {
        throw malformed;
      }
      codec.check(input);
      refuseUnreadMembers(service, call.action, input);
      return { response: codec.output((await operation(call)) ?? {}), fault };
    } catch (error) {
      const awsError = asAwsError(error);
      recorded.error = awsError.code;
      return { response: codec.error(awsError), fault };
    }
  }

  /** Faults apply to services that read HTTP themselves, too. Their actions are `PUT /path`. */
  private async answerHttp(
    service: HttpService, request: HttpRequest, accessKeyId: string | undefined, reply: Reply,
  ): Promise<void> {
    const { clock, faults, log } = this.options;
    let fault: Fault | undefined;
    let response: HttpResponse;
    try {
      this.options.checkRegion?.(service.name, request.region);
      const principal = accessKeyId === undefined ? undefined : this.options.principal(accessKeyId, request.region, service.name);
      const call: Call = {
        service: service.name,
        action: `${request.method} ${request.path}`,
        input: {},
        principal: principal ?? { accessKeyId: '', account: '', arn: 'anonymous' },
        region: request.region,
        requestId: reply.requestId,
      };
      fault = faults.nextFault(call);
      const recorded = log.begin(call, clock.now());
      recorded.answered = !fault?.dropResponse;
      try {
        await this.delay(fault);
        if (fault?.error) {
          throw fault.error;
        }
        response = await service.handle({ ...request, principal });
      } catch (error) {
        recorded.error = asAwsError(error).code;
        throw error;
      }
    } catch (error) {
      response = plainError(asAwsError(error));
    }
    this.options.log.answers?.record({ headers: {}, ...response, body: String(response.body ?? ''), service: service.name, action: `${request.method} ${request.path}` });
    this.finish(reply, response, fault);
  }

  private async delay(fault: Fault | undefined): Promise<void> {
    if (fault?.delay) {
      await this.options.clock.sleep(fault.delay);
    }
  }

  private finish(reply: Reply, response: HttpResponse, fault: Fault | undefined): void {
    if (fault?.dropResponse) {
      reply.outgoing.destroy();
    } else {
      send(reply, response);
    }
  }
}

/**
 * True if a web page sends the request. Any page in a browser of this machine can send requests to loopback, and a template with a Lambda
 * function would run its code here. AWS clients do not send these headers.
 */
function isOfBrowser({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

async function readRequest(incoming: IncomingMessage): Promise<Omit<HttpRequest, 'region'>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value ?? '';
  }
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks),
  };
}

function send({ outgoing, requestId, date }: Reply, response: HttpResponse): void {
  const body = response.body === undefined ? Buffer.alloc(0) : Buffer.from(response.body as string);
  const headers = { 'date': date().toUTCString(), 'x-amzn-requestid': requestId, 'content-length': body.length };
  outgoing.writeHead(response.status, { ...headers, ...response.headers });
  outgoing.end(body);
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) {
    return error;
  }
  // an error of the local AWS itself is printed, so that it is not mistaken for an AWS error
  process.stderr.write(`local AWS: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new AwsError('InternalError', `the local AWS broke: ${error instanceof Error ? error.message : String(error)}`, 500);
}
