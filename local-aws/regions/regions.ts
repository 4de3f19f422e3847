import { unknownCredentials } from '../unknown-credentials';

/** The opt-in status of a Region in DescribeRegions. */
export type OptInStatus = 'opt-in-not-required' | 'opted-in' | 'not-opted-in';

/** Regions that an account must enable before it can use them: those introduced after March 2019. */
const OPT_IN = new Set([
  'af-south-1', 'ap-east-1', 'ap-east-2', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ca-west-1',
  'eu-central-2', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-central-1', 'me-south-1', 'mx-central-1',
]);

/** The enabled Regions of the accounts: all of them, unless a test disables some. */
export class Regions {
  private readonly disabled = new Set<string>();

  public statusOf(region: string): OptInStatus {
    return this.disabled.has(region) ? 'not-opted-in' : OPT_IN.has(region) ? 'opted-in' : 'opt-in-not-required';
  }

  /** Only opt-in Regions can be disabled. */
  public disable(region: string): void {
    if (!OPT_IN.has(region)) {
      throw new Error(`${region} is enabled in every account and cannot be disabled`);
    }
    this.disabled.add(region);
  }

  public enable(region: string): void {
    this.disabled.delete(region);
  }

  public reset(): void {
    this.disabled.clear();
  }

  /** In a Region that is not enabled, the account's credentials are unknown. */
  public check(service: string, region: string): void {
    if (this.statusOf(region) === 'not-opted-in') {
      throw unknownCredentials(service);
    }
  }
}
