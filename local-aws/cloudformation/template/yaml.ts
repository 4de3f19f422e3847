import { CollectionTag, Document, Pair, parseDocument, Scalar, ScalarTag, YAMLMap, YAMLSeq } from 'yaml';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html, "short form". */
const SHORT_FORMS = [
  'And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'GetAZs', 'GetAtt', 'If', 'ImportValue', 'Join', 'Length', 'Not', 'Or', 'Select', 'Split', 'Sub',
  'ToJsonString', 'Transform',
];

const LONG_FORMS: Readonly<Record<string, string>> = {
  Ref: 'Ref', Condition: 'Condition', ...Object.fromEntries(SHORT_FORMS.map(name => [name, `Fn::${name}`])),
};

/** Parses YAML and expands `!Ref`, `!GetAtt a.b` and the other short forms to `{ "Fn::GetAtt": ["a", "b"] }`. Throws the parser's message. */
export function parseYaml(text: string): unknown {
  const document: Document = parseDocument(text, { customTags: Object.entries(LONG_FORMS).flatMap(([name, long]) => tags(name, long)) });
  // the parser only warns of an unknown tag, and would return text
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw problem;
  }
  return document.toJS();
}

function tags(name: string, long: string): (ScalarTag | CollectionTag)[] {
  const tag = `!${name}`;
  const wrapped = (collection: unknown): YAMLMap => {
    const map = new YAMLMap();
    map.items.push(new Pair(new Scalar(long), collection));
    return map;
  };
  return [
    { tag, resolve: value => ({ [long]: name === 'GetAtt' ? attributeOf(value) : value }) },
    { tag, collection: 'seq', resolve: collection => wrapped(collection as YAMLSeq) },
    { tag, collection: 'map', resolve: collection => wrapped(collection as YAMLMap) },
  ];
}

/** The attribute begins after the first dot: attribute names can contain dots, logical IDs cannot. */
function attributeOf(text: string): string[] {
  const [logicalId, ...attribute] = text.split('.');
  return [logicalId, attribute.join('.')];
}
