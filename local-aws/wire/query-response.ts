import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../aws-call';
import { QueryFlavour } from './query-request';
import { trait } from './schema';

const namespaces: Readonly<Record<string, string>> = {
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  cloudformation: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

export interface QueryAnswer {
  readonly flavour: QueryFlavour;
  readonly service: string;
  readonly action: string;
  readonly requestId: string;
}

export function writeAnswer(answer: QueryAnswer, output: object, schema: NormalizedSchema): string {
  const root = `${answer.action}Response xmlns="${namespaces[answer.service] ?? `http://${answer.service}.amazonaws.com/`}"`;
  const content = schema.isStructSchema() ? new AnswerWriter(answer.flavour).structure(schema, output as Record<string, unknown>) : undefined;
  if (answer.flavour === 'ec2Query') {
    // operations without an output return `true` in a member that is not in the model
    return `<?xml version="1.0" encoding="UTF-8"?><${root}>${element('requestId', answer.requestId)}` +
      `${content ?? element('return', 'true')}</${answer.action}Response>`;
  }
  const result = content === undefined ? '' : `<${answer.action}Result>${content}</${answer.action}Result>`;
  return `<?xml version="1.0" encoding="UTF-8"?><${root}>${result}` +
    `<ResponseMetadata>${element('RequestId', answer.requestId)}</ResponseMetadata></${answer.action}Response>`;
}

export function writeError(flavour: QueryFlavour, error: AwsError, requestId: string): string {
  const code = element('Code', escape(error.code));
  const message = element('Message', escape(error.message));
  if (flavour === 'ec2Query') {
    return '<?xml version="1.0" encoding="UTF-8"?>' +
      `<Response><Errors><Error>${code}${message}</Error></Errors>${element('RequestID', requestId)}</Response>`;
  }
  const type = element('Type', error.status >= 500 ? 'Receiver' : 'Sender');
  return '<?xml version="1.0" encoding="UTF-8"?>' +
    `<ErrorResponse><Error>${type}${code}${message}</Error>${element('RequestId', requestId)}</ErrorResponse>`;
}

/** Writes the members of a response by its schema. */
class AnswerWriter {
  public constructor(private readonly flavour: QueryFlavour) {}

  public structure(schema: NormalizedSchema, value: Record<string, unknown>): string {
    let text = '';
    for (const [name, member] of schema.structIterator()) {
      const part = value[name];
      if (part !== undefined && part !== null) {
        text += this.any(member, part, trait(member, 'xmlName') ?? name);
      }
    }
    return text;
  }

  private any(schema: NormalizedSchema, value: unknown, name: string): string {
    if (schema.isListSchema()) {
      return this.list(schema, value as unknown[], name);
    }
    if (schema.isStructSchema()) {
      return element(name, this.structure(schema, value as Record<string, unknown>));
    }
    return element(name, escape(this.scalar(value)));
  }

  private list(schema: NormalizedSchema, values: readonly unknown[], name: string): string {
    const member = schema.getValueSchema();
    return element(name, values.map(value => this.any(member, value, trait(member, 'xmlName') ?? 'member')).join(''));
  }

  private scalar(value: unknown): string {
    if (value instanceof Date) {
      // EC2 has whole seconds, and writes them with milliseconds: 2030-01-01T00:00:00.000Z
      return (this.flavour === 'ec2Query' ? new Date(Math.floor(value.getTime() / 1000) * 1000) : value).toISOString();
    }
    return String(value);
  }
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escape(text: string): string {
  // XML 1.0 does not allow control characters

  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
