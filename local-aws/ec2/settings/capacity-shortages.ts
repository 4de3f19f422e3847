export type Lifecycle = 'on-demand' | 'spot';

/** A combination of instance type and Availability Zone for which EC2 has no capacity. */
export interface CapacityShortage {
  /** All types by default. */
  readonly instanceType?: string;
  /** All zones by default. */
  readonly availabilityZone?: string;
  /** Both by default. */
  readonly lifecycle?: Lifecycle;
  /** EC2 accepts the launch, and terminates the pending instance. */
  readonly whilePending?: boolean;
}

/** The capacity shortages that a test has set. EC2 has capacity for everything else. */
export class CapacityShortages {
  private shortages: CapacityShortage[] = [];

  /** Adds a shortage. */
  public add(shortage: CapacityShortage = {}): void {
    this.shortages.push(shortage);
  }

  /** Removes all shortages. */
  public clear(): void {
    this.shortages = [];
  }

  public refusesLaunch(type: string, zone: string, lifecycle: Lifecycle): boolean {
    return this.shortagesOf(type, zone, lifecycle).some(({ whilePending }) => !whilePending);
  }

  public terminatesPending(type: string, zone: string, lifecycle: Lifecycle): boolean {
    return this.shortagesOf(type, zone, lifecycle).some(({ whilePending }) => whilePending);
  }

  private shortagesOf(type: string, zone: string, lifecycle: Lifecycle): CapacityShortage[] {
    return this.shortages.filter(one => (one.instanceType ?? type) === type
      && (one.availabilityZone ?? zone) === zone && (one.lifecycle ?? lifecycle) === lifecycle);
  }
}
