/** Room that there is not. */
export interface CapacityShortage {
  /** Any, if none is said. */
  readonly instanceType?: string;
  /** Any, if none is said. */
  readonly availabilityZone?: string;
  /** EC2 accepts the launch, and finds out while the instance is pending. */
  readonly late?: boolean;
}

/** Where EC2 has room for another instance: everywhere, except where a test wants it not to have any. */
export class CapacityShortages {
  private shortages: CapacityShortage[] = [];

  /** From now on there is no room there. */
  public exhaust(shortage: CapacityShortage = {}): void {
    this.shortages.push(shortage);
  }

  /** There is room everywhere again. */
  public clear(): void {
    this.shortages = [];
  }

  public refuses(type: string, zone: string): boolean {
    return this.shortagesOf(type, zone).some(({ late }) => !late);
  }

  public endsLate(type: string, zone: string): boolean {
    return this.shortagesOf(type, zone).some(({ late }) => late);
  }

  private shortagesOf(type: string, zone: string): CapacityShortage[] {
    return this.shortages.filter(({ instanceType = type, availabilityZone = zone }) => instanceType === type && availabilityZone === zone);
  }
}
