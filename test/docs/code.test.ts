import { readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { PAGES, ROOT, Snippet, snippetsOf } from './pages';
import { nightly } from '../setup/nightly';

/* The code in the documentation compiles, in the fixture in which jsii-rosetta compiles that of README. */

const snippets = PAGES.flatMap(snippetsOf);
const fixture = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');

function complete({ words, code }: Snippet): string {
  return words.includes('nofixture') ? code : fixture.replace('/// here', () => code);
}

/** Compiles all snippets as one program, because most of the time goes into the types of CDK. */
function compile(sources: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.check.json'), file => readFileSync(file, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  // snippets declare what they do not use, and are no files of one folder
  const host = ts.createCompilerHost({ ...options });
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = file => sources.get(file) ?? readFile(file);
  host.fileExists = file => sources.has(file) || fileExists(file);
  host.getSourceFile = (file, version, ...others) =>
    sources.has(file) ? ts.createSourceFile(file, sources.get(file)!, version, true) : getSourceFile(file, version, ...others);
  const program = ts.createProgram({
    rootNames: [...sources.keys()],
    options: { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false, skipLibCheck: true },
    host,
  });
  return [...sources.keys()].flatMap(file => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    // "Modifiers cannot appear here": `declare const` in a constructor, for what an example is given; jsii-rosetta allows it too
    .filter(({ code }) => code !== 1184)
    .map(({ file, messageText }) => `${file?.fileName.split('/').pop()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

nightly('every example compiles', () => {
  const files = new Map(snippets.map(snippet => [join(ROOT, 'test', 'docs', `${snippet.title.replace(/[^\w.]+/g, '-')}.ts`), `${complete(snippet)}\nexport {};\n`]));
  const broken = join(ROOT, 'test', 'docs', 'broken.ts');
  files.set(broken, fixture.replace('/// here', 'new EncryptedAmiCopy(this, "Copy", { sourceImages: 1 });'));
  const errors = compile(files);
  // one that must not
  expect(errors.filter(error => error.startsWith('broken.ts'))).toHaveLength(1);
  expect(errors.filter(error => !error.startsWith('broken.ts'))).toEqual([]);
}, 180_000);

const inOtherLanguages = snippets.map(({ title, code }) => [title, code.replace(/^import .*$/gm, '')] as const);

test.each(inOtherLanguages)('%s has no shorthand property, which Go takes for a field of another name', (_title, code) => {
  expect(code.match(/(?<=[{,]\s*)\b\w+(?=\s*[,}])(?<!\d)/g)).toBeNull();
});

test.each(inOtherLanguages)('%s has comments on lines of their own only, outside of argument lists, where other languages keep them', (_title, code) => {
  expect(code.split('\n').filter(line => /\S.*(?<!:)\/\/|^\s+\/\//.test(line))).toEqual([]);
});
