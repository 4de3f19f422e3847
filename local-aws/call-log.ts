import { Call } from './aws-call';
import { AnswerRecorder, recorderOfEnvironment } from './wire/answer-recorder';

/** A call and its result. */
export interface RecordedCall {
  readonly service: string;
  readonly action: string;
  /** A copy of the input, so that later changes do not affect it. */
  readonly input: Record<string, unknown>;
  readonly principalArn: string;
  readonly region: string;
  /** Milliseconds since 1970 in the time of the local AWS. */
  readonly at: number;
  /** The error code; none if the call succeeded. */
  error?: string;
  /** True if the caller received the response. */
  answered: boolean;
}

/** The calls to the local AWS, in order. */
export class CallLog {
  public readonly calls: RecordedCall[] = [];
  /** Receives the responses, too, if it is set. */
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

  /** The calls of one action, for example `ec2:CopyImage`. */
  public of(name: string): RecordedCall[] {
    const [service, action] = name.split(':');
    return this.calls.filter(call => call.service === service && call.action === action);
  }

  public clear(): void {
    this.calls.length = 0;
  }
}
