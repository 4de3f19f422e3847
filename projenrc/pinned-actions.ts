/** Commits of the tags of GitHub actions: a tag can be moved to other code, a commit cannot. Actions not listed here are pinned by projen. */
export const PINNED_ACTIONS: readonly { readonly action: string; readonly tag: string; readonly commit: string }[] = [
  { action: 'actions/setup-node', tag: 'v7.0.0', commit: '820762786026740c76f36085b0efc47a31fe5020' },
  { action: 'actions/setup-python', tag: 'v7.0.0', commit: '5fda3b95a4ea91299a34e894583c3862153e4b97' },
  { action: 'actions/setup-java', tag: 'v6.0.0', commit: 'dd06d9cba3e5552c54d9f8ea23572deb30010f7c' },
  { action: 'actions/setup-dotnet', tag: 'v6.0.0', commit: 'a98b56852c35b8e3190ac28c8c2271da59106c68' },
  { action: 'actions/setup-go', tag: 'v7.0.0', commit: 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e' },
  { action: 'peter-evans/create-pull-request', tag: 'v8.1.1', commit: '5f6978faf089d4d20b00c7766989d076bb2fc7f1' },
];
