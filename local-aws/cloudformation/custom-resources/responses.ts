import { HttpRequest, HttpResponse, HttpService } from '../../wire/service';

/** Takes what a provider PUTs to the `ResponseURL` of its request; each request takes one answer, and none after its time. */
export class CustomResourceAnswers {
  /** The requests that wait for their answer. */
  private readonly waiting = new Map<string, (body: Buffer) => void>();
  /** What came for nobody: late answers, second answers. */
  public readonly ignored: { readonly id: string; readonly body: string }[] = [];
  public readonly service: HttpService = { name: 'unsigned', protocol: 'http', handle: request => Promise.resolve(this.take(request)) };

  /** Waits for the answer to the request; the caller says with `stop` that it does so no longer. */
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
    // the URL is a signed one of S3, which takes whatever comes as long as the signature is valid
    return { status: 200 };
  }
}
