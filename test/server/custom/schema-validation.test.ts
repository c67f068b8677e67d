import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../src/meta/json-schema.js';
import { listTypeErrors } from '../../../src/server/custom/list-types.js';
import { schemaErrors } from '../../../src/server/custom/schema-validation.js';

const spec = (properties: { [name: string]: JsonSchema }): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties } },
});

function errors(schema: JsonSchema, value: unknown, old?: { value: unknown }): string[] {
  return schemaErrors(schema, value, '', old).map(({ field, message }) => `${field}: ${message}`);
}

describe('validation by a schema', () => {
  it.each<[string, JsonSchema, unknown, string[]]>([
    [
      'a type',
      { type: 'boolean' },
      'yes',
      ['spec.f: Invalid value: "string": spec.f in body must be of type boolean: "string"'],
    ],
    ['a number that may be whole', { type: 'number' }, 3, []],
    [
      'a whole number out of the range of its format',
      { type: 'integer', format: 'int32' },
      2 ** 40,
      ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.f'],
    ],
    [
      'an exclusive bound',
      { type: 'integer', minimum: 3, exclusiveMinimum: true },
      3,
      ['spec.f: Invalid value: 3: spec.f in body should be greater than 3'],
    ],
    ['a length in characters, not in bytes', { type: 'string', maxLength: 2 }, '𝒳𝒳', []],
    [
      'too few items',
      { type: 'array', minItems: 1, items: { type: 'string' } },
      [],
      ['spec.f: Invalid value: 0: spec.f in body should have at least 1 items'],
    ],
    [
      'an enum of numbers',
      { type: 'integer', enum: [1, 2] },
      3,
      ['spec.f: Unsupported value: 3: supported values: "1", "2"'],
    ],
    ['null where it may be', { type: 'string', nullable: true }, null, []],
    ['a format nobody knows', { type: 'string', format: 'colour' }, 'x', []],
    [
      'all of several',
      { type: 'integer', allOf: [{ minimum: 2 }, { maximum: 1 }] },
      3,
      [
        'spec.f: Invalid value: 3: spec.f in body should be less than or equal to 1',
        '<nil>: Invalid value: "": "spec.f" must validate all the schemas (allOf)',
      ],
    ],
  ])('knows %s', (_, schema, value, expected) => {
    expect(errors(spec({ f: schema }), { spec: { f: value } })).toEqual(expected);
  });

  it.each([
    ['ipv6', '::1', '1.2.3.4'],
    ['cidr', '10.0.0.0/8', '10.0.0.0/40'],
    ['date', '2024-02-29', '2023-02-29'],
    ['date-time', '2024-02-29T23:59:59.5+01:00', '2024-02-29 23:59:59'],
    ['duration', '1h30m', 'soon'],
    ['uuid', '123E4567-e89b-12d3-a456-426614174000', '123'],
    ['byte', 'aGk=', 'a'],
    ['email', 'a@b.c', 'a'],
    ['hostname', 'a.b-c.de', '-a'],
    ['hostname', 'é.éé', 'a.b'],
    ['hostname', 'a-b', 'a-b-c'],
    ['hostname', 'a'.repeat(63), `${'a'.repeat(62)}!`],
    ['duration', '5 SECONDS', '5 sx'],
    ['duration', 'x5 d', '99999999999999999999 s'],
    ['duration', '5 minor', '5 monkeys'],
    ['ipv6', 'fe80::1', 'fe80::1%eth0'],
    ['cidr', 'fe80::/64', 'fe80::1%eth0/64'],
    ['mac', '00:11:22:33:44:55', '00:11'],
    ['uri', 'https://a/b', 'not a uri'],
    ['k8s-short-name', 'abc-1', 'Abc'],
  ])('checks the format %s', (format, good, bad) => {
    const schema = spec({ f: { type: 'string', format } });
    expect(errors(schema, { spec: { f: good } })).toEqual([]);
    expect(errors(schema, { spec: { f: bad } })).toEqual([
      `spec.f: Invalid value: ${JSON.stringify(bad)}: spec.f in body must be of type ${format}: ${JSON.stringify(bad)}`,
    ]);
  });

  it("reads patterns as Go's regular expressions", () => {
    const matches = (pattern: string, text: string) =>
      errors(spec({ f: { type: 'string', pattern } }), { spec: { f: text } }).length === 0;
    expect(matches('(?i)^abc$', 'ABC')).toBe(true);
    expect(matches('^[[:alpha:]]+\\z', 'abc')).toBe(true);
    expect(matches('^[[:alpha:]]+\\z', 'ab1')).toBe(false);
    expect(matches('^(?P<year>\\d{4})$', '2024')).toBe(true);
    expect(matches('^\\pL+$', 'é')).toBe(true);
    expect(matches('^a\\-b$', 'a-b')).toBe(true);
  });

  it('lets through what was wrong before and did not change, item by item where lists have keys', () => {
    const schema = spec({
      size: { type: 'integer', maximum: 10 },
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer', maximum: 10 } } },
      },
      plain: { type: 'array', items: { type: 'integer', maximum: 10 } },
    });
    const old = { value: { spec: { size: 50, ports: [{ name: 'a', port: 99 }], plain: [99] } } };
    expect(
      errors(
        schema,
        {
          spec: {
            size: 50,
            ports: [
              { name: 'b', port: 1 },
              { name: 'a', port: 99 },
            ],
          },
        },
        old,
      ),
    ).toEqual([]);
    expect(errors(schema, { spec: { size: 51 } }, old)).toHaveLength(1);
    expect(errors(schema, { spec: { ports: [{ name: 'b', port: 99 }] } }, old)).toHaveLength(1);
    // Items of a list without keys cannot be told apart: the list is as it was, or it is checked.
    expect(errors(schema, { spec: { plain: [99] } }, old)).toEqual([]);
    expect(errors(schema, { spec: { plain: [99, 1] } }, old)).toHaveLength(1);
  });

  it('finds items that come twice', () => {
    const list = (type: 'set' | 'map'): JsonSchema => ({
      type: 'object',
      properties: {
        l: { type: 'array', 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': type === 'map' ? ['k'] : [] },
      },
    });
    const found = (type: 'set' | 'map', l: unknown[]) =>
      listTypeErrors({ l }, list(type)).map(({ field, message }) => `${field}: ${message}`);
    expect(found('set', ['a', 'b', 'a', 'a'])).toEqual(['l[2]: Duplicate value: "a"']);
    expect(
      found('map', [
        { k: 1, v: 1 },
        { k: 1, v: 2 },
      ]),
    ).toEqual(['l[1]: Duplicate value: {"k":1}']);
    expect(found('map', [{ k: 1 }, { k: '1' }])).toEqual([]);
  });
});

describe('bounds and factors of numbers', () => {
  // kube-openapi compares whole numbers as such, with what the bound is as one (values.go: MinimumNativeType, MultipleOfNativeType).
  it.each([
    [{ type: 'number', minimum: 0.5 }, 0, true],
    [{ type: 'number', minimum: 0.5 }, 0.25, false],
    [{ type: 'integer', minimum: 0.5 }, 0, false],
    [{ type: 'number', maximum: 3.5e38 }, 5, false],
    [{ type: 'number', multipleOf: 0.5 }, 3, false],
    [{ type: 'number', multipleOf: 0.5 }, 1.5, true],
    [{ type: 'number', multipleOf: 1.5 }, 4, true],
    [{ type: 'integer', multipleOf: 3 }, 9, true],
    [{ type: 'number', format: 'float' }, 3.5e38, false],
    [{ type: 'integer', format: 'int32' }, 2 ** 31, false],
  ])('%j takes %d: %s', (schema, value, expected) => {
    expect(schemaErrors(schema, value).length === 0).toBe(expected);
  });
});
