import vm from 'vm';
import NodeEnvironment from 'jest-environment-node';

/** The scripts of this process, by file. */
const scripts = new Map<string, { readonly source: string; readonly script: vm.Script }>();
const { compileFunction } = vm;

/**
 * Every test file has modules of its own, so jest compiles each file of the CDK and of the SDK again for each of them: a third of a second of
 * processor time. A `vm.Script` is compiled once for all test files of a process, with the functions that V8 compiles at their first call.
 */
function compileOnce(source: string, parameters: readonly string[], options: vm.CompileFunctionOptions): ReturnType<typeof compileFunction> {
  const { filename = '', parsingContext } = options;
  const known = scripts.get(filename);
  if (parsingContext !== undefined && known?.source === source) {
    return known.script.runInContext(parsingContext) as ReturnType<typeof compileFunction>;
  }
  // `import()` needs the callback of the test file that compiles
  if (parsingContext === undefined || filename === '' || source.includes('import(')) {
    return compileFunction(source, parameters, options);
  }
  const before = `(function (${parameters.join(', ')}) {`;
  let script: vm.Script;
  try {
    script = new vm.Script(`${before}${source}\n})`, { filename, columnOffset: -before.length });
  } catch {
    // jest explains a syntax error by the place that Node names without the function around it
    return compileFunction(source, parameters, options);
  }
  scripts.set(filename, { source, script });
  return script.runInContext(parsingContext) as ReturnType<typeof compileFunction>;
}

/** Node, where modules that several test files of a process import are compiled once. */
export default class Environment extends NodeEnvironment {
  public constructor(...[config, context]: ConstructorParameters<typeof NodeEnvironment>) {
    super(config, context);
    // coverage counts characters without a function around them
    if (!config.globalConfig.collectCoverage) {
      Object.assign(vm, { compileFunction: compileOnce });
    }
  }
}
