import { join } from 'path';

const ROOT = join(__dirname, '..');

/** The command for the app of an example, and the folder to run it in. */
export function exampleApp(example: string): { readonly app: string; readonly directory: string } {
  return { app: `${join('node_modules', '.bin', 'tsx')} --tsconfig tsconfig.check.json ${join('examples', example, 'app.ts')}`, directory: ROOT };
}
