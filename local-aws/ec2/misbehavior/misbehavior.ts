import { Call } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';
import { Image } from '../state/records';

/** One way in which EC2 does not do what was requested, although it reports no error. Users of EC2 must notice it. */
export interface Misbehavior {
  /** Changes settings once, when a test requests it. */
  readonly begin?: (ec2: Ec2Context) => void;
  /** Changes an image and its snapshots in the moment in which the image becomes available. */
  readonly complete?: (ec2: Ec2Context, image: Image) => void;
  /** Returns another response to a call. */
  readonly answer?: (response: object, call: Call) => object;
}

/** The ways in which a test lets EC2 misbehave. */
export class Misbehaviors {
  private readonly active: { readonly misbehavior: Misbehavior; readonly isMeant: (image: Image) => boolean }[] = [];

  public constructor(private readonly context: () => Ec2Context) {}

  /** From now on, for every image or for those that are meant. */
  public add(misbehavior: Misbehavior, isMeant: (image: Image) => boolean = () => true): void {
    this.active.push({ misbehavior, isMeant });
    misbehavior.begin?.(this.context());
  }

  public complete(ec2: Ec2Context, image: Image): void {
    this.active.filter(({ isMeant }) => isMeant(image)).forEach(({ misbehavior }) => misbehavior.complete?.(ec2, image));
  }

  public answer(response: object, call: Call): object {
    return this.active.reduce((answer, { misbehavior }) => misbehavior.answer?.(answer, call) ?? answer, response);
  }

  public reset(): void {
    this.active.length = 0;
  }
}
