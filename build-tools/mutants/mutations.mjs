// The changes of a source file, each of a single decision.
import ts from 'typescript';

const OPPOSITES = { '===': '!==', '!==': '===', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };
/** The same comparison, but for two equal numbers. */
const WITH_OTHER_BOUND = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };
/** Answers of a callback with which the call finds more. */
const WIDE_ANSWERS = { filter: 'true', find: 'true', some: 'true', every: 'true' };

const isLogical = node => ts.isBinaryExpression(node) && ['&&', '||'].includes(node.operatorToken.getText());
const isCondition = node => node.parent !== undefined && (ts.isIfStatement(node.parent) ? node.parent.expression : node.parent.condition) === node;
/** Without the parentheses around it. */
const outermost = node => ts.isParenthesizedExpression(node.parent) ? outermost(node.parent) : node;

/** Calls `visit` for each node of a file but types and imports, with the name of the function that it is in. */
function walk(source, visit) {
  const next = (node, name) => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) {
      return;
    }
    const own = nameOf(node);
    const inner = own === undefined ? name : name === undefined ? own : `${name}.${own}`;
    visit(node, inner, own !== undefined);
    ts.forEachChild(node, child => next(child, inner));
  };
  next(source, undefined);
}

/** The name of a function. A callback has none: it belongs to the function that it is in. */
function nameOf(node) {
  if (!ts.isFunctionLike(node) || !node.body) {
    return undefined;
  }
  if (ts.isConstructorDeclaration(node)) {
    return 'constructor';
  }
  const isNamed = ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) || ts.isPropertyDeclaration(node.parent);
  return (node.name ?? (isNamed ? node.parent.name : undefined))?.getText();
}

function parse(file, text) {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

/** `{ start, end, replacement, form, kind, before, name, line }` of each change: `form` tells `switches.mjs` where in the code it stands. */
export function mutationsOf(file, text) {
  const source = parse(file, text);
  const found = new Map();
  walk(source, (node, name) => {
    for (const [kind, replaced, replacement, form = 'expression'] of changesOf(node, file)) {
      const [start, end] = [replaced.getStart(), replaced.getEnd()];
      const before = text.slice(start, end);
      if (before !== replacement) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.set(`${start} ${end} ${replacement}`, { file, start, end, replacement, form, kind, before: before.replace(/\s+/g, ' '), name: name ?? '', line });
      }
    }
  });
  return [...found.values()].sort((one, other) => one.start - other.start);
}

function* changesOf(node, file) {
  if (isCondition(node)) {
    const operator = ts.isBinaryExpression(node) ? node.operatorToken.getText() : '';
    // an operand that is left out changes less than an answer that is always the same
    yield* ['true', 'false'].filter(answer => operator !== (answer === 'true' ? '&&' : '||')).map(answer => [`always ${answer}`, node, answer]);
  }
  if (ts.isBinaryExpression(node)) {
    yield* changesOfOperator(node);
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken && !isCondition(outermost(node)) && !isLogical(outermost(node).parent)) {
    yield ['negation left out', node, node.operand.getText()];
  } else if (ts.isExpressionStatement(node) && isCall(node.expression)) {
    yield ['call left out', node, '', 'statement'];
  } else if (ts.isNumericLiteral(node) && node.parent.name !== node) {
    yield ['other number', node, Number(node.text.replaceAll('_', '')) === 0 ? '1' : '0'];
  } else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    yield ['other boolean', node, node.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true'];
  } else if (ts.isCallExpression(node)) {
    const method = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : '';
    if (Object.hasOwn(WIDE_ANSWERS, method) && node.arguments.length === 1) {
      yield [`${method} takes all`, node.arguments[0], `() => ${WIDE_ANSWERS[method]}`];
    }
    // the conditions of a statement
    if (file.startsWith('src/') && node.arguments.length === 4) {
      yield ['argument left out', node.arguments[3], '', 'element'];
    }
  } else if (ts.isArrayLiteralExpression(node) && !isAssignedTo(node)) {
    yield* node.elements.filter(one => ts.isStringLiteral(one) || ts.isSpreadElement(one) || ts.isIdentifier(one) && node.elements.length > 1)
      .map(one => ['element left out', one, '', 'element']);
  } else if (ts.isObjectLiteralExpression(node)) {
    // the conditions of policy statements
    yield* node.properties.filter(one => ts.isSpreadAssignment(one)
      || file.startsWith('src/') && ts.isPropertyAssignment(one) && (ts.isStringLiteral(one.name) || /^[A-Z]/.test(one.name.getText())))
      .map(one => ['property left out', one, '', 'property']);
  }
}

function* changesOfOperator(node) {
  const operator = node.operatorToken.getText();
  const [left, right] = [node.left.getText(), node.right.getText()];
  if (operator === '&&' || operator === '||') {
    yield ['operand left out', node, left];
    yield ['operand left out', node, right];
  } else if (operator === '??') {
    yield ['default left out', node, left];
  } else if (operator in OPPOSITES) {
    if (operator in WITH_OTHER_BOUND) {
      yield ['other bound', node, `${left} ${WITH_OTHER_BOUND[operator]} ${right}`];
    }
    // a condition is always true or false, and an operand is left out: those change less
    if (!isCondition(outermost(node)) && !isLogical(outermost(node).parent)) {
      yield ['comparison turned', node, `${left} ${OPPOSITES[operator]} ${right}`];
    }
  }
}

/** `[a, b] = …` */
function isAssignedTo(node) {
  return ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.parent.left === node;
}

/** A log is no decision. */
function isCall(expression) {
  const call = ts.isAwaitExpression(expression) ? expression.expression : expression;
  return ts.isCallExpression(call) && !/^(console[.]|super\b)/.test(call.getText());
}
