import { SFNClient } from '@aws-sdk/client-sfn';
import { connect, credentials, requestTimeouts } from './aws/clients';
import { respond } from './request/respond';
import { createStart } from './request-function';
import { createStep } from './step-function';

const { AWS_REGION, STACK_ID = '', STATE_MACHINE_ARN = '' } = process.env;

/** The function that CloudFormation invokes. */
export const request = createStart({
  // the function itself tries again, too
  client: new SFNClient({ region: AWS_REGION, credentials, requestHandler: requestTimeouts() }),
  stackId: STACK_ID,
  stateMachineArn: STATE_MACHINE_ARN,
  send: respond,
  now: () => Date.now(),
  sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
});

/** The function that the state machine invokes. */
export const step = createStep(connect());
