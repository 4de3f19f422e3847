import { connect } from './aws/clients';
import { answerIsComplete, answerOnEvent } from './handler';

const aws = connect();

export const onEvent = answerOnEvent(aws);
export const isComplete = answerIsComplete(aws);
