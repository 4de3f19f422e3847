import { Image } from '@aws-sdk/client-ec2';

/** A disabled AMI is complete: its owner has disabled it, and its tags can still be updated. */
export function imagePhase({ State }: Image): 'complete' | 'pending' | 'failed' {
  switch (State) {
    case 'available':
    case 'disabled':
      return 'complete';
    case 'pending':
    case 'transient':
      return 'pending';
    default:
      return 'failed';
  }
}
