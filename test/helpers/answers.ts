import { EC2Client } from '@aws-sdk/client-ec2';
import { AwsClients } from '../../lambda/aws/clients';

/** Errors are thrown. */
export type Answers = Record<string, object | ((input: never) => object)>;

export interface AnsweringClients {
  readonly aws: AwsClients;
  /** The calls so far, with their input. */
  readonly calls: [string, object][];
}

/** Clients for functions that call AWS, which answers each operation as it is given here. */
export function answering(answers: Answers, now = 0): AnsweringClients {
  const calls: [string, object][] = [];
  const send = async ({ constructor, input }: { constructor: { name: string }; input: never }) => {
    const operation = constructor.name.replace(/Command$/, '');
    calls.push([operation, input]);
    const given = answers[operation];
    const answer = typeof given === 'function' ? given(input) : given;
    if (answer === undefined || answer instanceof Error) {
      throw answer ?? new Error(`no answer to ${operation}`);
    }
    return answer;
  };
  const ec2 = Object.assign(Object.create(EC2Client.prototype), { send });
  const aws = { region: 'us-east-1', ec2, kms: { send }, cloudFormation: { send }, now: () => now, withoutRetries: () => aws } as unknown as AwsClients;
  return { aws, calls };
}

/** An error with a code of EC2. */
export function ec2Error(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error(`${name}: refused`), { name, $metadata: { httpStatusCode } });
}
