import { appendFileSync, mkdirSync } from 'fs';
import { join } from 'path';

/** A response as sent to the client. */
export interface RecordedAnswer {
  readonly service: string;
  /** The operation; for Lambda and S3 the method and the path. */
  readonly action: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Writes responses to a file, one on each line, so that another client can parse them. Responses that differ only in IDs and numbers are
 * written once.
 */
export class AnswerRecorder {
  private readonly known = new Set<string>();

  public constructor(private readonly file: string) {}

  public record(answer: RecordedAnswer): void {
    const kind = `${answer.service} ${answer.action} ${answer.status} ${answer.body}`.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}/g, '#').replace(/\d+/g, '0');
    if (!this.known.has(kind)) {
      this.known.add(kind);
      appendFileSync(this.file, `${JSON.stringify(answer)}\n`);
    }
  }
}

let ofProcess: AnswerRecorder | undefined;

/** With `LOCAL_AWS_ANSWERS=folder`, every local AWS of every process writes its responses there. */
export function recorderOfEnvironment(): AnswerRecorder | undefined {
  const folder = process.env.LOCAL_AWS_ANSWERS;
  if (folder && !ofProcess) {
    mkdirSync(folder, { recursive: true });
    ofProcess = new AnswerRecorder(join(folder, `${process.pid}.jsonl`));
  }
  return ofProcess;
}
