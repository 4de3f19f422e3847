import { Call } from './aws-call';
import { AnswerRecorder, recorderOfEnvironment } from './wire/answer-recorder';

/** A call that was made, and how it ended. */
export interface RecordedCall {
  readonly service: string;
  readonly action: string;
  /** A copy: what the caller sent, whatever became of it. */
  readonly input: Record<string, unknown>;
  readonly principalArn: string;
  readonly region: string;
  /** Milliseconds since 1970 in the time of the local AWS. */
  readonly at: number;
  /** The error's code; none if it succeeded. */
  error?: string;
  /** Whether the caller got the answer. */
  answered: boolean;
}

/** Every call to the local AWS, in order. */
export class CallLog {
  public readonly calls: RecordedCall[] = [];
  /** Keeps what was answered too, if there is one. */
  public answers: AnswerRecorder | undefined = recorderOfEnvironment();

  public begin(call: Call, at: number): RecordedCall {
    const recorded: RecordedCall = {
      service: call.service,
      action: call.action,
      input: structuredClone(call.input),
      principalArn: call.principal.arn,
      region: call.region,
      at,
      answered: true,
    };
    this.calls.push(recorded);
    return recorded;
  }

  /** The calls of one action, e.g. `ec2:CopyImage`. */
  public of(name: string): RecordedCall[] {
    const [service, action] = name.split(':');
    return this.calls.filter(call => call.service === service && call.action === action);
  }

  public clear(): void {
    this.calls.length = 0;
  }
}
