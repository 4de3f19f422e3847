/** The type of a value, in an event of CloudFormation. */
export interface ValueRule {
  readonly type: 'string' | 'boolean' | 'integer' | 'strings' | 'structure' | 'structures';
  readonly required: boolean;
  /** The members of the structure, or of each of the structures. */
  readonly of?: Readonly<Record<string, ValueRule>>;
}

/** The type of a property, and whether changing it creates a new AMI. */
export interface PropertyRule extends ValueRule {
  /**
   * `replace`: changing the property creates a new AMI. Its value is part of the physical ID, so a rollback to the old value finds the old AMI.
   * `in place`: the handler updates the existing AMI, or uses the value for the next one.
   */
  readonly change: 'replace' | 'in place';
}

/** A rule for each property of `P`; a property without one does not compile. */
export type PropertyRules<P> = { readonly [K in keyof Required<P>]: PropertyRule };
/** The same for the members of a structure. */
export type ValueRules<P> = { readonly [K in keyof Required<P>]: ValueRule };
