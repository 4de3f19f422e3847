import { Tag } from '@aws-sdk/client-ec2';

/** The tags of resources. A tag belongs to the account that created it, also on resources of other accounts: other accounts do not see it. */
export class TagStore {
  private readonly tags = new Map<string, Map<string, string>>();

  /** The stored tags, which callers can change. */
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

  /** The tags in the response of a Describe call, which has no element if there are none. */
  public described(account: string, id: string): Tag[] | undefined {
    const tags = this.list(account, id);
    return tags.length > 0 ? tags : undefined;
  }

  /** The IDs of the resources that an account has tagged. */
  public taggedBy(account: string): string[] {
    return [...this.tags.keys()].filter(key => key.startsWith(`${account} `)).map(key => key.slice(account.length + 1));
  }

  /** Deletes the tags that all accounts have put on a resource. */
  public delete(id: string): void {
    for (const key of this.tags.keys()) {
      if (key.endsWith(` ${id}`)) {
        this.tags.delete(key);
      }
    }
  }
}
