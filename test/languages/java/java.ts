import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { LOWEST } from '../generated-package';
import { Language } from '../language';
import { runCommand } from '../run-command';

/** A project of Maven that takes the package from the repository in which pacmak builds it. */
export const java: Language = {
  name: 'Java',
  needs: [['javac', '-version'], ['mvn', '--version']],
  async install(generated, directory) {
    const repository = await generated.build('java');
    const sources = join(directory, 'src', 'main', 'java');
    mkdirSync(sources, { recursive: true });
    cpSync(join(__dirname, 'App.java'), join(sources, 'App.java'));
    const values: Record<string, string> = { REPOSITORY: repository, VERSION: generated.version, CDK: LOWEST.cdk, CONSTRUCTS: LOWEST.constructs };
    const pom = readFileSync(join(__dirname, 'pom.xml'), 'utf8').replace(/@(\w+)@/g, (_, name: string) => values[name]);
    writeFileSync(join(directory, 'pom.xml'), pom);
    await runCommand(['mvn', '--batch-mode', '--quiet', 'compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath'], directory);
    const classpath = takeOutOfCache(readFileSync(join(directory, 'classpath'), 'utf8').split(':'), directory);
    // in a file, because it is longer than a command line of the terminal should be
    writeFileSync(join(directory, 'java-options'), `-cp ${['target/classes', ...classpath].join(':')}\n`);
    return 'java @java-options App';
  },
};

/** Moves the package from the machine's repository of Maven, which would keep each of its versions, into the directory. */
function takeOutOfCache(classpath: readonly string[], directory: string): string[] {
  return classpath.map(jar => {
    if (!/\/cdk-encrypted-ami-[\d.]+\.jar$/.test(jar)) {
      return jar;
    }
    const moved = join(directory, 'package.jar');
    cpSync(jar, moved);
    rmSync(dirname(jar), { recursive: true });
    return moved;
  });
}
