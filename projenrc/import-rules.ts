/** A rule of dependency-cruiser. Paths are regular expressions from the root of the repository. */
interface ImportRule {
  readonly name: string;
  readonly comment: string;
  readonly severity: 'error';
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: { readonly path?: string; readonly pathNot?: string; readonly circular?: boolean };
}

function forbid(name: string, comment: string, from: ImportRule['from'], to: ImportRule['to']): ImportRule {
  return { name, comment, severity: 'error', from, to };
}

/** Folders of `src`, the upper ones first. A folder imports only from those below. */
const CONSTRUCT_LAYERS = ['copy|multi-key|instance-ami', 'ami', 'sharing', 'keys', 'provider', 'contract'];

const constructLayers = CONSTRUCT_LAYERS.slice(0, -1).map((layer, index) => forbid(
  `constructs-layer-${layer.replaceAll('|', '-')}`,
  'A folder of src imports only from the folders below it; the kinds of AMIs do not know each other.',
  { path: `^src/(${layer})/` },
  // `$1` is the folder that imports
  { path: '^src/', pathNot: `^src/(${['$1', ...CONSTRUCT_LAYERS.slice(index + 1)].join('|')})/` },
));

/** Folders of the local AWS that are no services: all of them may use these. */
const FOR_ALL_SERVICES = ['wire', 'time', 'regions'];
/** Services of the local AWS that use another one. */
const SERVICES_USED: Readonly<Record<string, readonly string[]>> = {
  ec2: ['kms'],
  lambda: ['logs'],
  stepfunctions: ['kms'],
  sts: ['iam'],
};
/** These put the services together. */
const SERVICE_USERS = ['cloudformation', 'command', 'ministack'];

const usedServices = Object.entries(SERVICES_USED).map(([service, used]) => forbid(
  `local-${service}-knows-only-the-services-it-uses`,
  `In AWS, ${service} uses ${used.join(', ')} and no other service.`,
  { path: `^local-aws/${service}/` },
  { path: '^local-aws/[^/]+/', pathNot: `^local-aws/(${[service, ...FOR_ALL_SERVICES, ...used].join('|')})/` },
));

/** Who may import whom; `npm run check:dependencies` fails otherwise. */
export const IMPORT_RULES: readonly ImportRule[] = [
  forbid('no-circular', 'Two files that import each other are one subject in two files, or two subjects of which a third is missing.',
    {}, { circular: true }),

  forbid('contract-is-pure', 'Both the constructs and the handler import src/contract, so it brings nothing along.',
    { path: '^src/contract/' }, { pathNot: '^src/contract/' }),
  forbid('constructs-know-no-handler', 'The package contains src alone.',
    { path: '^src/' }, { path: '^(lambda|local-aws|test|bench|demo|examples|build-tools)/' }),
  ...constructLayers,

  forbid('handler-knows-only-the-contract', 'The handler is bundled by itself.',
    { path: '^lambda/' }, { path: '^(src|local-aws|test|bench|demo|examples|build-tools)/', pathNot: '^src/contract/' }),
  forbid('handler-has-no-cdk', 'The handler runs while the stack deploys; CDK is for synthesis.',
    { path: '^lambda/' }, { path: '(^|/)node_modules/(aws-cdk-lib|constructs)/' }),

  forbid('local-aws-knows-no-library', 'The local AWS deploys any template.',
    { path: '^local-aws/' }, { path: '^(src|lambda|test|bench|demo|examples|build-tools)/' }),
  forbid('wire-knows-no-service', 'Requests and answers are read and written in one way for all services.',
    { path: '^local-aws/wire/' }, { path: '^local-aws/[^/]+/', pathNot: `^local-aws/(${FOR_ALL_SERVICES.join('|')})/` }),
  ...usedServices,
  forbid('local-services-are-apart', 'A service knows no other one, unless it is listed in projenrc/import-rules.ts.',
    { path: '^local-aws/([^/]+)/', pathNot: `^local-aws/(${[...Object.keys(SERVICES_USED), ...SERVICE_USERS].join('|')})/` },
    { path: '^local-aws/[^/]+/', pathNot: `^local-aws/($1|${FOR_ALL_SERVICES.join('|')})/` }),
  forbid('services-do-not-know-their-composition', 'local-aws.ts and services.ts create the services and pass in what each one needs.',
    { path: '^local-aws/[^/]+/', pathNot: '^local-aws/(command|ministack)/' }, { path: '^local-aws/(local-aws|services|cdk-cli)[.]ts$' }),

  forbid('examples-import-what-a-user-has', 'Users copy the examples.',
    { path: '^examples/' }, { pathNot: '^src/index[.]ts$|(^|/)node_modules/(aws-cdk-lib|constructs)/' }),
  forbid('demo-uses-the-command-line', 'The demo deploys the examples as a user does.',
    { path: '^demo/' }, { path: '^(src|lambda|test|bench|examples|build-tools)/' }),
  forbid('nothing-imports-tests-and-tools', 'Nobody but the folder itself uses it.',
    { path: '^([^/]+)/' }, { path: '^(test|bench|build-tools)/', pathNot: '^$1/' }),
  forbid('only-tests-import-the-demo', 'Nobody but the demo and its tests uses it.',
    { pathNot: '^(demo|test)/' }, { path: '^demo/' }),
];
