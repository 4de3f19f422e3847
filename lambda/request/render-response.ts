import { ResourceEvent } from './events';
import { messageCut, messageInLogGroup } from './messages';
import { Answer } from './turn';

/** CloudFormation refuses a longer response: "Response object is too long." */
const MAX_RESPONSE_BYTES = 4_096;
/** Of a search for the longest text that fits, each half as long as the one before. */
const STEPS = Array.from({ length: 13 }, (_, index) => MAX_RESPONSE_BYTES / 2 ** index);
/** So much of the beginning stays, before the words of AWS are cut: it says what failed, with IDs. */
const MIN_BEGINNING_LENGTH = 500;
/** The words of AWS, with which a message ends. */
const AWS_WORDS = / \((?:EC2|KMS|Lambda|Step Functions)\b/g;

/**
 * The body of a response. A failure names the log group. A reason that is too long loses its middle: the words of AWS at its end stay, and the log has
 * the whole message, because the functions log what they answer.
 */
export function renderResponse(event: ResourceEvent, answer: Answer, logGroup: string | undefined): string {
  const { reason } = answer;
  const render = (text: string | undefined) => JSON.stringify({
    Status: answer.status,
    Reason: text,
    PhysicalResourceId: answer.physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: answer.data,
  });
  if (reason === undefined) {
    return render(undefined);
  }
  const ending = logGroup === undefined ? '' : ` ${messageInLogGroup({ logGroup })}`;
  const fits = (text: string) => Buffer.byteLength(render(text)) <= MAX_RESPONSE_BYTES;
  if (fits(`${reason}${ending}`)) {
    return render(`${reason}${ending}`);
  }
  const wordsAt = [...reason.matchAll(AWS_WORDS)].map(({ index }) => index).at(-1) ?? reason.length;
  const [beginning, words] = [reason.slice(0, wordsAt), reason.slice(wordsAt)];
  const cutEnding = `${ending} ${messageCut()}`;
  const ofBeginning = longestPart(beginning, part => fits(`${part}…${words}${cutEnding}`));
  if (ofBeginning.length >= Math.min(MIN_BEGINNING_LENGTH, beginning.length)) {
    return render(`${ofBeginning}…${words}${cutEnding}`);
  }
  // control characters of a console are long in JSON
  const start = longestPart(beginning.slice(0, MIN_BEGINNING_LENGTH), part => fits(`${part}……${cutEnding}`));
  return render(`${start}…${longestPart(words, part => fits(`${start}…${part}…${cutEnding}`))}…${cutEnding}`);
}

/** The longest beginning of a text that fits; empty if none does. */
function longestPart(text: string, fits: (part: string) => boolean): string {
  return text.slice(0, STEPS.reduce((length, step) => fits(text.slice(0, length + step)) ? length + step : length, 0));
}
