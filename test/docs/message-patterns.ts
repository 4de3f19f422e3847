import { readdirSync, readFileSync } from 'fs';
import { join, relative } from 'path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
/** A single word is a part of another message. */
const MIN_WORDS = 2;
/** The label of a key or of a snapshot, and the name of a destination: parts of other messages, too. */
const NAME_OF_PART = /Label$|^nameOf/;

/** The first sentence of a message, with `…` for what differs from case to case. */
interface MessagePattern {
  readonly file: string;
  readonly name: string;
  readonly pattern: string;
}

/** The messages of the constructs and of the handler: the functions that the files `messages.ts` and `*-messages.ts` export. */
export function messagePatterns(): MessagePattern[] {
  return ['src', 'lambda'].flatMap(folder => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => /(^|[/-])messages\.ts$/.test(file))
    .map(file => join(ROOT, folder, file))).sort().flatMap(patternsOf);
}

function patternsOf(file: string): MessagePattern[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isFunctionDeclaration)
    .filter(({ modifiers, name }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) && !NAME_OF_PART.test(name!.text))
    .flatMap(declaration => [...new Set(textsReturnedBy(declaration).map(firstSentence))]
      .filter(pattern => (pattern.match(/[\w`'-]*\w[\w`'-]*/g) ?? []).length >= MIN_WORDS)
      .map(pattern => ({ file: relative(ROOT, file), name: declaration.name!.text, pattern })));
}

function textsReturnedBy(declaration: ts.FunctionDeclaration): string[] {
  const texts: string[] = [];
  const constants = constantsOf(declaration);
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression) {
      texts.push(...textsOf(node.expression, constants));
    } else if (!ts.isArrowFunction(node)) {
      ts.forEachChild(node, visit);
    }
  };
  visit(declaration);
  return texts.map(text => text.replace(/…(\s*…)+/g, '…'));
}

/** The texts of an expression: two of a conditional one, where it is the whole message. */
function textsOf(expression: ts.Expression, constants: ReadonlyMap<string, string>): string[] {
  if (ts.isParenthesizedExpression(expression)) {
    return textsOf(expression.expression, constants);
  }
  if (ts.isConditionalExpression(expression)) {
    return [...textsOf(expression.whenTrue, constants), ...textsOf(expression.whenFalse, constants)];
  }
  return [textOf(expression, constants)];
}

function textOf(expression: ts.Expression, constants: ReadonlyMap<string, string>): string {
  if (ts.isStringLiteralLike(expression)) {
    return expression.text;
  }
  if (ts.isTemplateExpression(expression)) {
    return expression.head.text + expression.templateSpans.map(({ literal, expression: inserted }) =>
      `${ts.isIdentifier(inserted) ? constants.get(inserted.text) ?? '…' : '…'}${literal.text}`).join('');
  }
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return textOf(expression.left, constants) + textOf(expression.right, constants);
  }
  return '…';
}

/** The constants of a function that are texts, by name. */
function constantsOf(declaration: ts.FunctionDeclaration): Map<string, string> {
  const statements = declaration.body?.statements.filter(ts.isVariableStatement) ?? [];
  return new Map(statements.flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap(({ name, initializer }) => initializer && ts.isStringLiteralLike(initializer) ? [[name.getText(), initializer.text] as const] : []));
}

function firstSentence(text: string): string {
  return text.split(/\.(?:…?$|\s+(?=[A-Z`'"…]|aws ))/)[0]!.trim();
}
