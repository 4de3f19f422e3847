"""Reads answers of the local AWS as botocore does, and compares them with botocore's copy of AWS's model, which is stricter than its parser.

    python answers.py LENIENCE FILE...

LENIENCE is JSON: {"fractions": [member, ...], "beyondEnums": {member: pattern}}, with members as Structure.Member.
Each line of the files is an answer: {"service", "action", "status", "headers", "body"}.
"""
import collections, json, re, sys
from xml.etree import ElementTree
import botocore.session
from botocore.parsers import create_parser

SERVICES = {'states': 'stepfunctions'}
# what other services answer is not described by operations: their actions are a method and a path
LAMBDA = [
    (r'POST /2015-03-31/functions/[^/]+/invocations$', 'Invoke'),
    (r'GET /2015-03-31/functions/[^/]+$', 'GetFunction'),
]
XML_TIME = {'ec2': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z', 'query': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z'}


class Reader:
    def __init__(self, lenience):
        self.fractions, self.beyond_enums = set(lenience['fractions']), lenience['beyondEnums']
        self.session, self.models, self.problems = botocore.session.get_session(), {}, []

    def model(self, service):
        if service not in self.models:
            self.models[service] = self.session.get_service_model(SERVICES.get(service, service))
        return self.models[service]

    def read(self, answer):
        """The name of the operation; None for one that has no model."""
        service, action = answer['service'], answer['action']
        if service == 'lambda':
            action = next((name for pattern, name in LAMBDA if re.match(pattern, action)), None)
        if service in ('s3', 'unsigned') or action is None:
            return None
        model = self.model(service)
        self.name = f'{service}:{action}'
        if action not in model.operation_names:
            self.expect(answer['status'] >= 400, action, 'an answer', 'an operation that AWS has')
            return self.name
        operation = model.operation_model(action)
        body = answer['body'].encode()
        headers = {name.lower(): value for name, value in answer['headers'].items()}
        response = {'status_code': answer['status'], 'headers': headers, 'body': body}
        output = operation.output_shape
        if output is not None and output.serialization.get('payload'):
            response['body'] = body
        try:
            parsed = create_parser(model.protocol).parse(response, output)
        except Exception as error:
            self.problems.append(f'{self.name}: botocore cannot read it: {error}: {answer["body"][:300]}')
            return self.name
        if answer['status'] >= 300:
            error = parsed.get('Error', {})
            self.expect(re.fullmatch(r'[A-Za-z][A-Za-z0-9_.]+', error.get('Code', '')), 'Error.Code', error.get('Code'), 'a code')
            self.expect('Message' in error, 'Error.Message', None, 'a message')
            self.expect('the local AWS broke' not in error.get('Message', ''), 'Error', error.get('Message'), 'no fault of the local AWS')
        elif model.protocol in ('ec2', 'query'):
            self.read_xml(model.protocol, operation, ElementTree.fromstring(body))
        elif output is not None and not output.serialization.get('payload'):
            self.json(output, json.loads(body or b'{}'), action, action, '')
        return self.name

    def expect(self, holds, path, value, expected):
        if not holds:
            self.problems.append(f'{self.name}: {path} is {value!r}, expected {expected}')

    def read_xml(self, protocol, operation, root):
        strip(root)
        self.protocol = protocol
        output = operation.output_shape
        self.expect(root.tag == f'{operation.name}Response', 'root', root.tag, f'{operation.name}Response')
        if protocol == 'ec2':
            self.expect(root.find('requestId') is not None, 'requestId', None, 'an id')
            for child in root.findall('requestId') + (root.findall('return') if output is None else []):
                root.remove(child)
            content = root
        else:
            self.expect(root.find('ResponseMetadata/RequestId') is not None, 'RequestId', None, 'an id')
            content = root.find(f'{operation.name}Result') if output is not None else None
        if output is None or content is None:
            self.expect(output is None or not output.required_members, operation.name, None, 'an output')
            return
        self.xml(output, content, operation.name, '', '')

    def xml(self, shape, node, path, structure, member):
        if shape.type_name == 'structure':
            self.xml_structure(shape, node, path)
        elif shape.type_name == 'list':
            name = shape.member.serialization.get('name', 'member')
            for index, child in enumerate(node):
                self.expect(child.tag == name, f'{path}[{index}]', child.tag, f'an element {name}')
                self.xml(shape.member, child, f'{path}[{index}]', structure, member)
        elif shape.type_name == 'map':
            for entry in node:
                self.xml(shape.value, entry[1], f'{path}.{entry[0].text}', structure, member)
        else:
            self.expect(len(node) == 0, path, [child.tag for child in node], f'a {shape.type_name}')
            self.xml_scalar(shape, node.text or '', path, f'{structure}.{member}')

    def xml_structure(self, shape, node, path):
        names = {}
        for name, part in shape.members.items():
            # a flattened list has the name of its elements
            flat = part.type_name == 'list' and part.serialization.get('flattened')
            names[part.serialization.get('name', part.member.serialization.get('name', name) if flat else name)] = (name, part, flat)
        found = set()
        for child in node:
            if child.tag not in names:
                self.expect(False, f'{path}.{child.tag}', child.text, f'no such element ({shape.name})')
                continue
            name, part, flat = names[child.tag]
            self.expect(flat or name not in found, f'{path}.{name}', 'there twice', 'one element')
            found.add(name)
            self.xml(part.member if flat else part, child, f'{path}.{name}', shape.name, name)
        for name in shape.required_members:
            self.expect(name in found, f'{path}.{name}', None, 'a value, it is required')

    def xml_scalar(self, shape, text, path, member):
        kind = shape.type_name
        if kind == 'boolean':
            self.expect(text in ('true', 'false'), path, text, 'true or false')
        elif kind in ('integer', 'long'):
            self.whole(kind, int(text) if re.fullmatch(r'-?\d+', text) else text, path)
        elif kind in ('float', 'double'):
            self.fraction(text, path, member)
        elif kind == 'timestamp':
            self.expect(re.fullmatch(XML_TIME[self.protocol], text), path, text, XML_TIME[self.protocol])
        elif kind == 'string':
            self.enum(shape, text, path, member)

    def json(self, shape, value, path, structure, member):
        kind = shape.type_name
        types = {'structure': dict, 'map': dict, 'list': list, 'boolean': bool, 'string': str, 'blob': str, 'timestamp': (int, float), 'float': (int, float), 'double': (int, float), 'integer': int, 'long': int}
        if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != 'boolean'):
            self.expect(False, path, value, f'a {kind}')
        elif kind == 'structure':
            names = {part.serialization.get('name', name): (name, part) for name, part in shape.members.items() if 'location' not in part.serialization}
            for key, part in value.items():
                self.expect(key in names, f'{path}.{key}', part, f'no such member ({shape.name})')
                if key in names and part is not None:
                    self.json(names[key][1], part, f'{path}.{key}', shape.name, names[key][0])
            for name in shape.required_members:
                self.expect(value.get(name) is not None, f'{path}.{name}', None, 'a value, it is required')
        elif kind == 'list':
            for index, part in enumerate(value):
                self.json(shape.member, part, f'{path}[{index}]', structure, member)
        elif kind == 'map':
            for key, part in value.items():
                self.json(shape.value, part, f'{path}.{key}', structure, member)
        elif kind in ('integer', 'long'):
            self.whole(kind, value, path)
        elif kind in ('float', 'double'):
            self.fraction(value, path, f'{structure}.{member}')
        elif kind == 'string':
            self.enum(shape, value, path, f'{structure}.{member}')

    def whole(self, kind, value, path):
        limit = 2 ** (31 if kind == 'integer' else 63)
        self.expect(isinstance(value, int) and -limit <= value < limit, path, value, f'a whole number ({kind})')

    def fraction(self, value, path, member):
        self.expect(re.fullmatch(r'-?\d+(\.\d+)?', str(value)), path, value, 'a number')
        # what the local AWS checks at run time knows no doubles but those of its list
        self.expect(member in self.fractions, path, member, 'a member of the list of fractions')

    def enum(self, shape, text, path, member):
        pattern = self.beyond_enums.get(member)
        if getattr(shape, 'enum', None) and not (pattern and re.fullmatch(pattern, text)):
            self.expect(text in shape.enum, path, text, f'one of {", ".join(shape.enum)}')


def strip(node):
    for child in node.iter():
        child.tag = re.sub(r'^\{.*\}', '', child.tag)


def main(lenience, files):
    reader, counts = Reader(json.loads(lenience)), collections.defaultdict(lambda: [0, 0])
    refused, reported = 0, []
    for file in files:
        for line in open(file):
            answer = json.loads(line)
            name = reader.read(answer)
            if name:
                counts[name][answer['status'] >= 300] += 1
            refused += bool(reader.problems)
            reported += reader.problems
            reader.problems = []
    print(json.dumps({'operations': {name: {'answers': good, 'errors': bad} for name, (good, bad) in sorted(counts.items())}, 'refused': refused, 'problems': sorted(set(reported))}))


main(sys.argv[1], sys.argv[2:])
