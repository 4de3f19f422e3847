import { cpSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { LOWEST } from '../generated-package';
import { Language } from '../language';
import { runCommand } from '../run-command';

const MODULE = 'github.com/cdk-encrypted-ami/cdk-encrypted-ami-go/cdkencryptedami';

/** A module of Go that takes the package from the directory in which pacmak generates it. */
export const go: Language = {
  name: 'Go',
  needs: [['go', 'version']],
  async install(generated, directory) {
    const built = await generated.build('go');
    checkSchema(readFileSync(join(built, 'cdkencryptedami', 'go.mod'), 'utf8'));
    cpSync(join(__dirname, 'main.go'), join(directory, 'main.go'));
    writeFileSync(join(directory, 'go.mod'), [
      'module example.com/app',
      'go 1.25',
      'require (',
      `  ${MODULE} v${generated.version}`,
      `  github.com/aws/aws-cdk-go/awscdk/v2 v${LOWEST.cdk}`,
      `  github.com/aws/constructs-go/constructs/v10 v${LOWEST.constructs}`,
      ')',
      `replace ${MODULE} => ${join(built, 'cdkencryptedami')}`,
      '',
    ].join('\n'));
    await runCommand(['go', 'mod', 'tidy'], directory);
    await runCommand(['go', 'vet', '.'], directory);
    await runCommand(['go', 'build', '-o', 'app', '.'], directory);
    return './app';
  },
};

/** The module requires the schema that was installed when it was built, which must not be newer than that of the lowest CDK. */
function checkSchema(goMod: string): void {
  const { dependencies } = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/package.json'), 'utf8'));
  const lowest = dependencies['@aws-cdk/cloud-assembly-schema'].replace('^', '');
  const [, required] = /awscdkcloudassemblyschema\/v\d+ v(\S+)/.exec(goMod) ?? [];
  if (required !== lowest) {
    throw new Error(`the module requires version ${required} of the cloud assembly schema, and aws-cdk-lib ${LOWEST.cdk} requires ${lowest}`);
  }
}
