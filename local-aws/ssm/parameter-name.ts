import { AwsError } from '../aws-call';

/** A parameter name in a request, with an optional selector of its version. */
export interface ParameterReference {
  /** The spelling of the request, which responses repeat. */
  readonly name: string;
  /** The version or label after the colon. */
  readonly selector?: string;
}

/** Parses a name or ARN, with or without `:version`. */
export function parseReference(asked: string): ParameterReference {
  const path = asked.startsWith('arn:') ? asked.slice(asked.indexOf(':parameter') + ':parameter'.length) : asked;
  const [name, selector, ...more] = path.split(':');
  if (selector === '' || more.length > 0) {
    throw invalid('Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>');
  }
  return { name, selector };
}

/** The canonical name: a slash before a name without any other slash makes no difference. */
export function canonicalName(name: string): string {
  return name.lastIndexOf('/') === 0 ? name.slice(1) : name;
}

const SUB_PATHS = 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; '
  + 'each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/** Checks the name of a PutParameter request. */
export function checkName(name: string): void {
  const isPath = name.split('/').length > 2;
  if (/^\/?(aws|ssm)/i.test(name)) {
    if (isPath && /^\/aws/i.test(name)) {
      throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
    }
    throw invalid(isPath ? SUB_PATHS : 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (!/^[\w./-]+$/.test(name) || name.includes('//')) {
    throw invalid(SUB_PATHS);
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw invalid('Parameter name must be a fully qualified name.');
  }
  if (name.endsWith('/')) {
    throw invalid('Parameter name must not end with slash.');
  }
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
