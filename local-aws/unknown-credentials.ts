import { AwsError } from './aws-call';

/** The error of a service for a request that was signed with unknown credentials. */
export function unknownCredentials(service: string): AwsError {
  switch (service) {
    case 'ec2': return new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
    case 'cloudformation':
    case 'iam':
    case 'sts': return new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid', 403);
    default: return new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 400);
  }
}
