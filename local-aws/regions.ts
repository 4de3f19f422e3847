import { unknownCredentials } from './unknown-credentials';

/** Of a Region in an account, as DescribeRegions shows it. */
export type OptInStatus = 'opt-in-not-required' | 'opted-in' | 'not-opted-in';

/** Regions that accounts have to enable before they can use them: those that came after March 2019. */
const OPT_IN = new Set([
  'af-south-1', 'ap-east-1', 'ap-east-2', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ca-west-1',
  'eu-central-2', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-central-1', 'me-south-1', 'mx-central-1',
]);

/** Which Regions the accounts of the local AWS have enabled: all of them, unless a test says otherwise. */
export class Regions {
  private readonly disabled = new Set<string>();

  public statusOf(region: string): OptInStatus {
    return this.disabled.has(region) ? 'not-opted-in' : OPT_IN.has(region) ? 'opted-in' : 'opt-in-not-required';
  }

  /** Only Regions that have to be enabled can be disabled. */
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

  /** A Region that is not enabled knows no credentials of the account. */
  public check(service: string, region: string): void {
    if (this.statusOf(region) === 'not-opted-in') {
      throw unknownCredentials(service);
    }
  }
}
