import { COMMENT_STARTS, WORDS } from './prose-words.mjs';

/** No part of a longer word, of a path, or of a word with hyphens. */
function expressions(words, before = '(?<![\\w/.@-])') {
  return words.map(({ pattern, use }) => ({ use, expression: new RegExp(`${before}(?:${pattern.replaceAll(' ', '\\s+')})(?![\\w-])`, 'gi') }));
}

const anywhere = expressions(WORDS);
const atStart = expressions(COMMENT_STARTS, '^\\s*');

const meta = {
  type: 'suggestion',
  schema: [],
  messages: { word: '"{{found}}": write {{use}}' },
};

/** Reports words in a part of the file. `text` is as long as the source there, so that positions stay. */
function report(context, words, text, offset) {
  for (const { expression, use } of words) {
    for (const match of text.matchAll(expression)) {
      const end = offset + match.index + match[0].length;
      const start = end - match[0].trimStart().length;
      context.report({
        loc: { start: context.sourceCode.getLocFromIndex(start), end: context.sourceCode.getLocFromIndex(end) },
        messageId: 'word',
        data: { found: match[0].trim().replace(/\s+/g, ' '), use },
      });
    }
  }
}

function reportComments(context, words) {
  const { sourceCode } = context;
  for (const [start, end] of commentBlocks(sourceCode)) {
    report(context, words, withoutQuotes(withoutCode(withoutMarkers(sourceCode.text.slice(start, end)))), start);
  }
}

/** Reports `COMMENT_STARTS`. */
export const commentStarts = {
  meta,
  create: context => ({
    Program: () => reportComments(context, atStart),
  }),
};

/** Reports `WORDS` in comments, strings and templates of TypeScript, and in the text of Markdown. */
export const words = {
  meta,
  create(context) {
    const { sourceCode } = context;
    const check = (text, offset) => report(context, anywhere, text, offset);
    const checkMarkdown = node => check(withoutQuotes(withoutCode(sourceCode.getText(node))), node.position.start.offset);

    return {
      // Markdown
      'paragraph': checkMarkdown,
      'heading': checkMarkdown,
      'tableCell': checkMarkdown,

      // TypeScript
      Program: () => reportComments(context, anywhere),
      Literal(node) {
        if (typeof node.value === 'string' && isSentence(node.value)) {
          check(withoutCode(node.raw), node.range[0]);
        }
      },
      TemplateLiteral(node) {
        if (node.quasis.some(quasi => isSentence(quasi.value.raw))) {
          const [start, end] = node.range;
          let text = sourceCode.text.slice(start + 1, end - 1);
          for (const { range } of node.expressions) {
            text = blank(text, range[0] - start - 1, range[1] - start - 1, '$');
          }
          check(withoutCode(text.replaceAll('\\`', ' `')), start + 1);
        }
      },
    };
  },
};

/** A value such as a name or a path has no space. */
function isSentence(text) {
  return /\S\s+\S/.test(text);
}

/** Ranges of comments; line comments below each other are one. */
function commentBlocks(sourceCode) {
  const blocks = [];
  let isLine = false;
  for (const { type, range: [start, end] } of sourceCode.getAllComments()) {
    const last = blocks.at(-1);
    if (last && isLine && type === 'Line' && sourceCode.text.slice(last[1], start).trim() === '') {
      last[1] = end;
    } else {
      blocks.push([start, end]);
    }
    isLine = type === 'Line';
  }
  return blocks;
}

function blank(text, start, end, filler) {
  return text.slice(0, start) + filler.repeat(end - start) + text.slice(end);
}

/** The functions below keep the length. */
function withoutMarkers(text) {
  return text.replace(/^\s*(\/\/+|\/\*+|\*+\/?)|\*\/$/gm, marker => ' '.repeat(marker.length));
}

function withoutCode(text) {
  return text.replace(/`[^`\n]+`/g, code => '`'.repeat(code.length)).replace(/https?:[^\s)]+/g, url => '`'.repeat(url.length));
}

function withoutQuotes(text) {
  return text.replace(/"[^"]{1,400}"/g, quote => '"'.repeat(quote.length));
}
