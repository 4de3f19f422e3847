import { ImageProperties } from '../../src/contract';
import { descriptionError } from '../../src/contract/description';
import { DeploymentError } from '../outcomes';

/** Before anything is created or changed: a build would learn it from CreateImage, after its instance has run. */
export function checkDescription({ properties }: { readonly properties: object }): void {
  const { Description } = properties as Partial<ImageProperties>;
  // EC2 takes an empty one, of a stack parameter for instance
  const problem = Description ? descriptionError(Description) : undefined;
  if (problem !== undefined) {
    throw new DeploymentError(problem);
  }
}
