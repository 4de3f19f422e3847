import { Tag } from '@aws-sdk/client-ec2';

/** Tags belong to the account that put them on, also on resources of other accounts: nobody else sees them. */
export class TagStore {
  private readonly tags = new Map<string, Map<string, string>>();

  /** The live tags, for changing. */
  public of(account: string, id: string): Map<string, string> {
    const key = `${account} ${id}`;
    let tags = this.tags.get(key);
    if (!tags) {
      tags = new Map();
      this.tags.set(key, tags);
    }
    return tags;
  }

  public put(account: string, id: string, tags: Iterable<readonly [string, string]>): void {
    for (const [key, value] of tags) {
      this.of(account, id).set(key, value);
    }
  }

  public list(account: string, id: string): Tag[] {
    return [...this.tags.get(`${account} ${id}`) ?? []].map(([Key, Value]) => ({ Key, Value }));
  }

  /** The tags in an answer of a Describe call, which leaves the element out where there are none. */
  public shown(account: string, id: string): Tag[] | undefined {
    const tags = this.list(account, id);
    return tags.length > 0 ? tags : undefined;
  }

  /** The ids of what an account has put tags on. */
  public taggedBy(account: string): string[] {
    return [...this.tags.keys()].filter(key => key.startsWith(`${account} `)).map(key => key.slice(account.length + 1));
  }

  /** All accounts' tags of a resource that is gone. */
  public forget(id: string): void {
    for (const key of this.tags.keys()) {
      if (key.endsWith(` ${id}`)) {
        this.tags.delete(key);
      }
    }
  }
}
