import { descriptionError } from '../../src/contract/description';
import { DeploymentError } from '../outcomes';

/** Before anything is created or changed: a build would learn it from CreateImage, after its instance has run. */
export function checkDescription({ Description }: { readonly Description?: string }): void {
  // EC2 takes an empty one, of a stack parameter for instance
  const problem = Description ? descriptionError(Description) : undefined;
  if (problem !== undefined) {
    throw new DeploymentError(problem);
  }
}
