import { HttpRequest, HttpResponse, HttpService } from '../../wire/service';

/** Receives the responses that providers PUT to the `ResponseURL`. A request accepts one response before its timeout. */
export class CustomResourceResponses {
  /** The requests without a response. */
  private readonly waiting = new Map<string, (body: Buffer) => void>();
  /** Ignored responses: late ones and second ones. */
  public readonly ignored: { readonly id: string; readonly body: string }[] = [];
  public readonly service: HttpService = { name: 'unsigned', protocol: 'http', handle: request => Promise.resolve(this.take(request)) };

  /** Waits for the response to the request, until the caller calls `stop`. */
  public expect(id: string): { answer: Promise<Buffer>; stop: () => void } {
    const answer = new Promise<Buffer>(resolve => this.waiting.set(id, resolve));
    return { answer, stop: () => this.waiting.delete(id) };
  }

  public reset(): void {
    this.waiting.clear();
    this.ignored.length = 0;
  }

  private take(request: HttpRequest): HttpResponse {
    const id = /^\/response\/([^/]+)$/.exec(request.path)?.[1];
    if (id === undefined || request.method !== 'PUT') {
      return { status: 403, body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' };
    }
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (waiting === undefined) {
      this.ignored.push({ id, body: request.body.toString() });
    } else {
      waiting(request.body);
    }
    // S3 accepts every PUT to a pre-signed URL while the signature is valid
    return { status: 200 };
  }
}
