export const PULL_REQUEST_TEMPLATE = [
  'Fixes #',
  '',
  '<!-- What changes for users, and why. The title is a conventional commit: "fix: …", "feat: …". -->',
  '',
  '- [ ] `npm test` passes',
  '- [ ] A test fails without the change',
  '- [ ] A behavior of AWS that the change relies on is quoted or linked, and the local AWS has it, with a test in `test/local-aws/`',
  '- [ ] Every new permission of the handler is needed by a call, and a test fails without it',
  '- [ ] Names that must never change (resource types, property names, tags, construct IDs, physical IDs) are the same',
  '- [ ] README or `docs/`, doc comments and `API.md` (`npx projen docgen`) say what is new',
];
