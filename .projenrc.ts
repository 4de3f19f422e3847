import { awscdk, github, JsonFile, JsonPatch, javascript } from 'projen';
import { IMPORT_RULES } from './projenrc/import-rules';
import { PINNED_ACTIONS } from './projenrc/pinned-actions';
import { PULL_REQUEST_TEMPLATE } from './projenrc/pull-request-template';

/** Jobs of the nightly run, each on a machine of its own. */
const NIGHTLY_JOBS = [
  { job: 'test', name: 'Test', run: 'npm run test:nightly', timeoutMinutes: 360 },
  // the runner has Python, a JDK, Maven and Go; a language that is named is not skipped
  { job: 'languages', name: 'Use the packages', run: 'npm run languages -- python java go', timeoutMinutes: 120 },
  // the files of which no mutant survives
  { job: 'mutants', name: 'Mutants', run: 'npm run mutants', timeoutMinutes: 120 },
];

/** Folders that are type-checked and linted, but are not part of the jsii assembly or the npm package. */
const unpublished = ['lambda', 'local-aws', 'examples', 'demo', 'bench', 'build-tools', 'test'];

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-encrypted-ami',
  description: 'Encrypted AMIs as AWS CDK constructs: copied, re-encrypted and verified while the stack deploys, down to one KMS key per snapshot.',
  keywords: ['aws', 'cdk', 'ami', 'ec2', 'ebs', 'encryption', 'kms', 'snapshot', 'image', 'copy-image', 'golden-image', 'compliance'],
  author: 'cdk-encrypted-ami developers',
  authorAddress: 'https://github.com/cdk-encrypted-ami',
  authorOrganization: true,
  // a page, for PyPI, Maven and NuGet link to it
  repositoryUrl: 'https://github.com/cdk-encrypted-ami/cdk-encrypted-ami',
  homepage: 'https://github.com/cdk-encrypted-ami/cdk-encrypted-ami#readme',
  bugsUrl: 'https://github.com/cdk-encrypted-ami/cdk-encrypted-ami/issues',
  license: 'Apache-2.0',
  stability: 'experimental',
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  sampleCode: false,
  packageManager: javascript.NodePackageManager.NPM,

  // The minimum that users need. 2.230 brought Runtime.NODEJS_24_X; 2.257 is the first that cdk-nag 3 accepts, so that the
  // very version that users may have is the one that the nag tests, the unit tests and the demo run on.
  cdkVersion: '2.257.0',
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  // the version that jsii 6 compiles with; typescript 7 has no API that ts-jest or jsii could use
  typescriptVersion: '~6.0.3',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',

  devDeps: [
    // bundled into the handler, never a dependency of the published package
    '@aws-sdk/client-ec2@3.1169.0',
    '@aws-sdk/client-kms@3.1162.0',
    '@aws-sdk/client-cloudformation@3.1162.0',
    // the bundler: sees through the computed keys of the SDK's schemas, and so can drop the ones no call uses
    // not newer: 1.3 was published without most of its platform packages, which makes `npm ci` refuse the lock file
    'rolldown@1.2.19',
    // clients that the Lambda runtime offers to the provider framework's own code
    '@aws-sdk/client-lambda@3.1162.0',
    '@aws-sdk/client-sfn@3.1162.0',
    // the schema that the local AWS speaks STS with
    '@aws-sdk/client-sts@3.1162.0',
    // evaluate IAM policies for the local AWS; AGPL, so they stay tools of the tests
    '@cloud-copilot/iam-simulate@0.1.173',
    '@cloud-copilot/iam-policy@0.1.109',
    // walks the SDK's schemas
    '@smithy/core@3.41.0',
    // templates as the CDK command line sends them
    'yaml@^2.9.1',
    // reads the zip files that the CDK command line uploads
    'fflate@^0.8.2',
    // the lowest version that aws-cdk-lib 2.257 accepts: the module for Go requires the installed version, and must not require more than its CDK
    '@aws-cdk/cloud-assembly-schema@53.25.0',
    // "latest" is 3.0.0, which is older and refuses current assemblies
    'aws-cdk@2.1148.1',
    'cdk-nag@^3.0.2',
    'tsx@^4.23.15',
    '@types/node@^20',
    // lets `npx eslint FILE` read the rules that projen writes in the old form
    '@eslint/eslintrc@^3',
    // lets ESLint check the words of Markdown, see eslint.prose.mjs
    '@eslint/markdown@^7',
    // layers and circles of imports, see projenrc/import-rules.ts; 16 reads no TypeScript 6, and 18 needs Node 22
    'dependency-cruiser@^17.4.3',
    // unused exports, files and dependencies
    'knip@^6.44.2',
    // runs each test once for each mutant, see build-tools/mutants
    'jest-environment-node@^30.5.2',
  ],

  publishToPypi: { distName: 'cdk-encrypted-ami', module: 'cdk_encrypted_ami' },
  publishToMaven: {
    javaPackage: 'io.github.cdkencryptedami',
    mavenGroupId: 'io.github.cdkencryptedami',
    mavenArtifactId: 'cdk-encrypted-ami',
  },
  publishToNuget: { dotNetNamespace: 'CdkEncryptedAmi', packageId: 'CdkEncryptedAmi' },
  publishToGo: { moduleName: 'github.com/cdk-encrypted-ami/cdk-encrypted-ami-go' },

  jestOptions: {
    // projen's default rewrites snapshots instead of failing
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    passWithNoTests: false,
    jestConfig: {
      // a figure of code that mostly runs in other processes says nothing, and costs a third of the time
      collectCoverage: false,
      // each deployment starts processes of its own: one suite a core
      maxWorkers: 2,
      testTimeout: 60_000,
      globalSetup: '<rootDir>/test/setup/before-all.ts',
      globalTeardown: '<rootDir>/test/setup/after-all.ts',
      testEnvironment: '<rootDir>/test/setup/environment.ts',
      // bundles and synthesized apps hold package.json files that jest would take for modules of this project
      modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/assets/'],
    },
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: [...unpublished, 'projenrc'],
    // a check that repairs what it finds can't fail
    commandOptions: { fix: false },
  },
  githubOptions: { mergify: false },
  pullRequestTemplateContents: PULL_REQUEST_TEMPLATE,
  // the package lists what it carries: a list of what to leave out knows nothing of a file somebody lays in the folder
  npmignoreEnabled: false,
  gitignore: ['/assets/', 'cdk.out/', '.jsii.tabl.json', '/.venv/', '.cdk.staging/'],
});

// Handlers leave promises unwatched at their peril: the Lambda is frozen before they end.
project.eslint?.addRules({ '@typescript-eslint/no-floating-promises': ['error'] });
project.eslint?.addRules({ '@typescript-eslint/no-explicit-any': ['error'] });

// projen lints with the tsconfig of src alone, which knows no other folder.
const eslintrc = project.tryFindObjectFile('.eslintrc.json')!;
eslintrc.addDeletionOverride('parserOptions.projectService');
eslintrc.addOverride('parserOptions.project', ['./tsconfig.check.json', './projenrc/tsconfig.json']);
// tsc reports it
eslintrc.addOverride('rules.import/no-unresolved', ['off']);
eslintrc.addOverride('settings.import/resolver.typescript.project', './tsconfig.check.json');

// npm adds package.json, README.md and LICENSE; the handler's bundle is carried although git ignores it
project.package.addField('files', ['lib/**/*.js', 'lib/**/*.d.ts', 'assets/handler/index.js', '.jsii', 'API.md', 'NOTICE']);

// jsii writes each source into its .js file otherwise, twice the size of the package; the sources are public
for (const option of ['inlineSourceMap', 'inlineSources']) {
  project.tryFindObjectFile('tsconfig.json')!.addOverride(`compilerOptions.${option}`, false);
}

// by which PyPI and Construct Hub find packages for CDK; jsii adds "Development Status" itself, from the stability
project.tryFindObjectFile('package.json')!.addOverride('jsii.targets.python.classifiers', ['Framework :: AWS CDK', 'Framework :: AWS CDK :: 2']);

const bundle = project.addTask('bundle', {
  description: 'Bundle the Lambda handler into assets/',
  exec: 'node build-tools/bundle.mjs',
});
project.preCompileTask.spawn(bundle);

// jsii sees src only, and jest checks no types at all.
const checked = new javascript.TypescriptConfig(project, {
  fileName: 'tsconfig.check.json',
  extends: javascript.TypescriptConfigExtends.fromPaths(['./tsconfig.json']),
  include: ['src/**/*.ts', ...unpublished.map(folder => `${folder}/**/*.ts`)],
  compilerOptions: {
    noEmit: true,
    rootDir: '.',
    // examples read like an app of one's own
    paths: { 'cdk-encrypted-ami': ['./src/index.ts'] },
  },
});
const typecheck = project.addTask('typecheck', {
  description: 'Check the types of everything that jsii does not compile',
  exec: `tsc -p ${checked.fileName}`,
});

const importRules = new JsonFile(project, '.dependency-cruiser.json', {
  allowComments: true,
  obj: {
    forbidden: IMPORT_RULES,
    options: {
      // types are imports, too
      tsPreCompilationDeps: true,
      tsConfig: { fileName: checked.fileName },
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '[.]d[.]ts$' },
    },
  },
});
const checkDependencies = project.addTask('check:dependencies', {
  description: 'Fail if a file imports what projenrc/import-rules.ts forbids, or if imports form a circle',
  exec: `depcruise --config ${importRules.path} src ${unpublished.join(' ')}`,
});

new JsonFile(project, 'knip.json', {
  allowComments: true,
  obj: {
    entry: [
      'lambda/index.ts',
      // run by path, in processes of their own
      'local-aws/command/run.ts',
      'local-aws/lambda/runtime.ts',
      'local-aws/ministack/run.ts',
      'demo/demo.ts',
      'bench/bench.ts',
      'examples/*/app.ts',
      'test/**/app.ts',
      'test/**/*.test.ts',
      'test/languages/run.ts',
      'build-tools/*.mjs',
      // loaded by jest, whose command names them
      'build-tools/mutants/{mutants,environment,reporter}.mjs',
      '.projenrc.ts',
      'eslint.prose.mjs',
    ],
    project: ['**/*.{ts,mjs}'],
    // run by tasks that projen writes
    ignoreDependencies: [
      'commit-and-tag-version', 'jsii', 'jsii-diff', 'jsii-docgen', 'jsii-pacmak', 'jsii-rosetta', 'dependency-cruiser', 'ts-node', 'tsx',
      '@aws-cdk/cloud-assembly-schema',
    ],
    rules: { types: 'error', exports: 'error', files: 'error', dependencies: 'error', unlisted: 'error', binaries: 'off' },
  },
});
const checkUnused = project.addTask('check:unused', {
  description: 'Fail if a file, an export or a dependency is used by nothing',
  exec: 'knip --no-progress',
});

const checkProse = project.addTask('check:prose', {
  description: 'Fail if a comment, a message, a test title or a document has a word of build-tools/prose-words.mjs',
  exec: ['eslint -c eslint.prose.mjs --no-error-on-unmatched-pattern', 'src', ...unpublished, 'projenrc', '.projenrc.ts', 'docs', '.github', "'*.md'"].join(' '),
  receiveArgs: true,
});

const rosetta = project.addTask('rosetta', {
  description: 'Compile the code in README.md and in the doc comments',
  exec: 'jsii-rosetta extract --strict',
});
project.postCompileTask.spawn(rosetta);

const checkDocs = project.addTask('check:docs', {
  description: 'Fail if API.md is not what the source says',
  steps: [
    { exec: 'jsii-docgen -o dist/API.md' },
    { exec: 'diff -u API.md dist/API.md || (echo "API.md is not up to date: run npx projen docgen" && false)' },
  ],
});
const checkPackage = project.addTask('check:package', {
  description: 'Fail if the npm package lacks a file, has one too many, or is too large',
  exec: 'node build-tools/check-package.mjs',
});

// API.md and the packages are generated from the output of jsii, so that is compiled first if a source is newer.
const compileIfStale = project.addTask('compile:if-stale', {
  description: 'Compile if a source is newer than the assembly',
  condition: 'node build-tools/is-stale.mjs .jsii src package.json README.md',
  steps: [{ spawn: project.compileTask.name }],
});
for (const name of ['docgen', 'package:js', 'package:java', 'package:python', 'package:dotnet', 'package:go']) {
  project.tasks.tryFind(name)!.prependSpawn(compileIfStale);
}
// pacmak would write an .npmignore, though the package lists what it carries
for (const language of ['js', 'java', 'python', 'dotnet', 'go']) {
  project.tasks.tryFind(`package:${language}`)!.updateStep(1, {
    execArgs: ['jsii-pacmak', '-v', '--no-npmignore', '--target', language],
  });
}

// `npm test` is all of it, from a clean checkout. Its checks use one core each, so two lists of them, which take about the same time, run side by side.
const checkLint = project.addTask('check:lint', {
  description: 'Lint code and prose',
  steps: [project.eslint!.eslintTask, checkProse].map(({ name }) => ({ spawn: name })),
});
const checkBuild = project.addTask('check:build', {
  description: 'Check types, imports and unused code, compile, and check the results',
  steps: [typecheck, project.compileTask, rosetta, checkDocs, checkPackage, checkDependencies, checkUnused].map(({ name }) => ({ spawn: name })),
});
// `projen test` spawns jest and, after it, eslint
project.testTask.removeStep(1);
project.testTask.prependExec(`node build-tools/side-by-side.mjs ${checkLint.name} ${checkBuild.name}`);
project.testTask.prependSpawn(bundle);

project.addTask('test:unit', {
  description: 'Run the tests that deploy nothing: what constructs render, what they refuse, what the handler decides',
  steps: [{ exec: "jest --ci --testPathIgnorePatterns '[.]deploy[.]test[.]ts$' '/test/local-aws/'", receiveArgs: true }],
});
project.addTask('test:nightly', {
  description: 'Run every test whole: all cases of which `npm test` takes a sample',
  env: { NIGHTLY: 'true' },
  steps: [{ exec: 'jest --ci', receiveArgs: true }],
});
project.addTask('mutants', {
  description: 'Change one decision of the files at a time, and fail if no test notices: docs/decisions/mutants.md',
  steps: [{ exec: 'node build-tools/mutants/mutants.mjs', receiveArgs: true }],
});
for (const { action, tag, commit } of PINNED_ACTIONS) {
  // with the tag: if projen moves to a newer one, pinned-actions.test.ts fails until the list has it too
  project.github!.actions.set(`${action}@${tag}`, `${action}@${commit}`);
}
const nightly = new github.GithubWorkflow(project.github!, 'nightly');
nightly.on({ schedule: [{ cron: '0 3 * * *' }], workflowDispatch: {} });
for (const { job, name, run, timeoutMinutes } of NIGHTLY_JOBS) {
  nightly.addJob(job, {
    runsOn: ['ubuntu-latest'],
    permissions: { contents: github.workflows.JobPermission.READ },
    timeoutMinutes,
    env: { CI: 'true' },
    steps: [
      github.WorkflowSteps.checkout(),
      { name: 'Setup Node.js', uses: 'actions/setup-node@v7.0.0', with: { 'node-version': '24' } },
      { name: 'Install dependencies', run: 'npm ci' },
      { name, run },
    ],
  });
  nightly.file!.addOverride(`jobs.${job}.steps.0.with.persist-credentials`, false);
}

project.addTask('demo', {
  description: 'Deploy, change and destroy an encrypted AMI with the real CDK command line, on an AWS on this machine',
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig tsconfig.check.json demo/demo.ts', receiveArgs: true }],
});
project.addTask('local-aws', {
  description: 'Run the AWS on this machine by itself, and print the environment with which clients use it',
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig tsconfig.check.json local-aws/command/run.ts', receiveArgs: true }],
});
project.addTask('languages', {
  description: 'Use the packages for TypeScript, Python, Java and Go: compare the templates of one app, and deploy it to the local AWS',
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig tsconfig.check.json test/languages/run.ts', receiveArgs: true }],
});
project.addTask('ministack', {
  description: 'Deploy the same example to a CloudFormation, Lambda and Step Functions that are not ours (needs Python)',
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig tsconfig.check.json local-aws/ministack/run.ts', receiveArgs: true }],
});
project.addTask('bench', {
  description: 'Measure what DESIGN promises, side by side',
  steps: [{ spawn: bundle.name }, { exec: 'tsx --tsconfig tsconfig.check.json bench/bench.ts', receiveArgs: true }],
});

// jsii and pacmak say in a red banner that Node 20 is at its end; aws-cdk-lib still supports it.
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
project.tasks.addEnvironment('CDK_DISABLE_CLI_TELEMETRY', 'true');

// 1.13.0 was published without most of its platform packages, which makes `npm ci` refuse the lock file.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// The publisher's own default is the public registry; a name of it in a file would only bind forks and mirrors.
project.tryFindObjectFile('.github/workflows/release.yml')?.patch(JsonPatch.remove('/jobs/release_npm/steps/9/env/NPM_REGISTRY'));

project.synth();
