import { GeneratedPackage } from './generated-package';
import { Command } from './run-command';

/** A language that jsii generates a package for. */
export interface Language {
  readonly name: string;
  /** Commands that must end with 0 on a machine that can have the language. The first word of each is the tool that is missing if not. */
  readonly needs: readonly Command[];
  /** Installs the package and the app in an empty directory. Returns the command that synthesizes the app there, for `cdk --app`. */
  install(generated: GeneratedPackage, directory: string): Promise<string>;
}
