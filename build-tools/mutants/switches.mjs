// All changes of a file in one text: a file on the disk says which of them is on, so that the processes of Lambda functions follow it too.

/**
 * The source with a switch at each change. While the selection begins with `record`, no change is on, and the number of each one that the code comes to
 * is written into the file `hits`.
 */
export function withSwitches(text, mutants, { selection, hits }) {
  const helper = `
function __isOn(number: number): boolean {
  const fs = process.getBuiltinModule('fs');
  const selected = fs.readFileSync(${JSON.stringify(selection)}, 'utf8');
  const seen = (globalThis as any).__seen ??= { selected: '', numbers: new Set() };
  if (seen.selected !== selected) {
    seen.selected = selected;
    seen.numbers.clear();
  }
  const isOn = selected.split(' ')[0] === String(number);
  if ((isOn || selected.startsWith('record')) && !seen.numbers.has(number)) {
    seen.numbers.add(number);
    fs.appendFileSync(${JSON.stringify(hits)}, number + '\\n');
  }
  return isOn;
}
`;
  return switched(text, 0, text.length, mutants) + helper;
}

/** The text from `start` to `end`. The changes of an outer expression stand around those of the expressions in it. */
function switched(text, start, end, mutants) {
  let code = '';
  let at = start;
  // the outer ones first
  const sorted = [...mutants].sort((one, other) => one.start - other.start || other.end - one.end);
  while (sorted.length > 0) {
    const [first] = sorted;
    const same = sorted.filter(one => one.start === first.start && one.end === first.end);
    const inner = sorted.filter(one => !same.includes(one) && one.end <= first.end);
    code += text.slice(at, first.start) + oneSwitch(text, same, switched(text, first.start, first.end, inner));
    at = first.end;
    [...same, ...inner].forEach(one => sorted.splice(sorted.indexOf(one), 1));
  }
  return code + text.slice(at, end);
}

function oneSwitch(text, mutants, original) {
  const leftOut = mutants.filter(({ form }) => form !== 'expression');
  const replaced = mutants.filter(({ form }) => form === 'expression')
    .reduce((code, { number, replacement }) => `(__isOn(${number}) ? (${replacement}) : ${code})`, mutants.length > leftOut.length ? `(${original})` : original);
  return leftOut.reduce((code, { number, form }) => FORMS[form](`__isOn(${number})`, code), replaced);
}

const FORMS = {
  statement: (isOn, code) => `if (!${isOn}) { ${code} }`,
  element: (isOn, code) => `...(${isOn} ? [] : ${code.startsWith('...') ? code.slice(3) : `[${code}]`})`,
  property: (isOn, code) => `...(${isOn} ? {} : ${code.startsWith('...') ? code.slice(3) : `{ ${code} }`})`,
};
