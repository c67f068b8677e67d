import {
  converter,
  DefinitionError,
  defineResource,
  intOrString,
  listMap,
  listSet,
  type ResourceOptions,
  rule,
} from 'keelson/crd';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OldWebsite, Website } from './website.js';

const named = { group: 'example.com', version: 'v1', kind: 'Thing', scope: 'Namespaced' } as const;

/** The schema of a field called `x`. */
function schemaOf(x: z.ZodType): unknown {
  const { definition } = defineResource({ ...named, spec: z.object({ x }) });
  const { spec } = definition.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
  return { ...spec?.properties?.x, ...(spec?.required === undefined ? { optional: true } : {}) };
}

/** Returns the problems of a definition, as `path: message`. */
function problemsOf(options: Partial<ResourceOptions>): string[] {
  try {
    defineResource({ ...named, spec: z.object({}), ...options });
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const problemOf = (x: z.ZodType): string => problemsOf({ spec: z.object({ x }) }).join('\n');
// Beside a format, servers would let lists through.
const noList = { minItems: 1, maxItems: 0 };
const whole = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

describe('a definition', () => {
  it.each([
    ['a string', z.string(), { type: 'string' }],
    ['a text about it', z.string().describe('Why.'), { type: 'string', description: 'Why.' }],
    ['lengths', z.string().min(2).max(5), { type: 'string', minLength: 2, maxLength: 5 }],
    [
      'a pattern',
      z.string().regex(/^\d+\s?$/),
      { type: 'string', pattern: expect.stringMatching(/^\^\\d\+\[\\t-\\r /) },
    ],
    [
      'several patterns',
      z.string().regex(/a/).startsWith('b'),
      { type: 'string', pattern: 'a', allOf: [{ pattern: '^b[^\\n\\r\\x{2028}\\x{2029}]*' }] },
    ],
    [
      'a lookahead at the beginning',
      z.string().regex(/^(?!kube-)(?=.*[0-9])[a-z-0-9]+$/),
      {
        type: 'string',
        pattern: '^[a-z\\-0-9]+$',
        allOf: [{ not: { pattern: '^(?:kube\\-)' } }, { pattern: '^(?:[^\\n\\r\\x{2028}\\x{2029}]*[0-9])' }],
      },
    ],
    ['a time', z.iso.datetime(), { type: 'string', ...noList, format: 'date-time', pattern: expect.any(String) }],
    ['a UUID', z.uuid(), { type: 'string', ...noList, format: 'uuid', pattern: expect.any(String) }],
    ['an address', z.ipv6(), { type: 'string', format: 'ipv6', ...noList }],
    ['bytes', z.base64(), { type: 'string', ...noList, format: 'byte', pattern: expect.any(String) }],
    ['a whole number', z.int(), whole],
    ['a whole number of 32 bits', z.int32(), { type: 'integer', format: 'int32' }],
    ['bounds', z.int().gt(0).max(9), { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 9 }],
    [
      'bounds between whole numbers',
      z.number().min(0.5),
      {
        type: 'number',
        minimum: 0.5,
        'x-kubernetes-validations': [{ rule: 'self >= 0.5', message: 'must be greater than or equal to 0.5' }],
      },
    ],
    ['a factor', z.int().min(0).max(9).multipleOf(3), { type: 'integer', minimum: 0, maximum: 9, multipleOf: 3 }],
    ['an enum', z.enum(['a', 'b']), { type: 'string', enum: ['a', 'b'] }],
    ['a literal', z.literal(3), { type: 'integer', enum: [3] }],
    ['null beside an enum', z.enum(['a']).nullable(), { type: 'string', nullable: true, allOf: [{ enum: ['a'] }] }],
    ['what may be absent', z.boolean().optional(), { type: 'boolean', optional: true }],
    ['a default', z.boolean().default(true), { type: 'boolean', default: true, optional: true }],
    [
      'a default of a default',
      z.object({ a: z.boolean().default(true) }).prefault({}),
      { type: 'object', properties: { a: { type: 'boolean', default: true } }, default: { a: true }, optional: true },
    ],
    [
      'a number or a text',
      intOrString(),
      { 'x-kubernetes-int-or-string': true, minimum: whole.minimum, maximum: whole.maximum },
    ],
    [
      'a number or a word',
      z.union([z.int().min(0).max(9), z.enum(['auto'])]),
      { 'x-kubernetes-int-or-string': true, minimum: 0, maximum: 9, pattern: '^(?:auto)$' },
    ],
    ['a map', z.record(z.string(), z.boolean()), { type: 'object', additionalProperties: { type: 'boolean' } }],
    [
      'a set',
      z.array(z.string()).min(1).check(listSet()),
      { type: 'array', items: { type: 'string' }, minItems: 1, 'x-kubernetes-list-type': 'set' },
    ],
    [
      'an annotation',
      z.array(z.string()).meta({ 'x-kubernetes-list-type': 'atomic' }),
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
    ],
    [
      'unknown fields',
      z.looseObject({ a: z.boolean() }),
      {
        type: 'object',
        properties: { a: { type: 'boolean' } },
        required: ['a'],
        'x-kubernetes-preserve-unknown-fields': true,
      },
    ],
    ['anything', z.unknown(), { 'x-kubernetes-preserve-unknown-fields': true, nullable: true }],
    [
      'a rule',
      z.string().check(rule("self != ''", { message: 'empty' })),
      { type: 'string', 'x-kubernetes-validations': [{ rule: "self != ''", message: 'empty' }] },
    ],
    ['a union of words', z.union([z.literal('a'), z.enum(['b', 'c'])]), { type: 'string', enum: ['a', 'b', 'c'] }],
    [
      'a union of strings',
      z.union([z.literal('a'), z.string().max(0)]),
      { type: 'string', anyOf: [{ enum: ['a'] }, { maxLength: 0 }] },
    ],
    [
      'options told apart by a field',
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('git'), url: z.string() }),
        z.object({ type: z.literal('s3'), bucket: z.string().optional() }),
      ]),
      {
        type: 'object',
        required: ['type'],
        properties: {
          type: { type: 'string', enum: ['git', 's3'] },
          url: { type: 'string' },
          bucket: { type: 'string' },
        },
        oneOf: [
          { properties: { type: { enum: ['git'] } }, required: ['url'] },
          { properties: { type: { enum: ['s3'] } } },
        ],
      },
    ],
    [
      'two sides',
      z.intersection(z.object({ a: z.boolean() }), z.object({ b: z.boolean().optional() })),
      { type: 'object', properties: { a: { type: 'boolean' }, b: { type: 'boolean' } }, required: ['a'] },
    ],
  ])('says %s', (_what, x, expected) => {
    expect(schemaOf(x)).toEqual(expected);
  });

  const node: z.ZodType = z.object({
    get children() {
      return z.array(node);
    },
  });

  const fresh = (): z.ZodType => z.object({ child: z.lazy(fresh) });

  it.each([
    [z.string().transform(Number), 'spec.x: a server cannot transform'],
    [z.string().refine((text) => text !== ''), 'spec.x: a server cannot run a refinement: write it in CEL'],
    [z.string().trim(), 'spec.x: a schema cannot change a string'],
    [z.coerce.number(), 'spec.x: a server takes values as they are'],
    [z.tuple([z.string()]), 'spec.x: structural schemas know one schema for all items'],
    [z.array(z.date()), 'spec.x[]: JSON has no dates: use z.iso.datetime()'],
    [z.record(z.string(), z.bigint()), 'spec.x[*]: JSON on this side has no bigint'],
    [z.record(z.enum(['a']), z.string()), 'spec.x: the keys of a map cannot be restricted'],
    [node, 'spec.x.children[]: structural schemas cannot be recursive'],
    [z.lazy(fresh), 'structural schemas cannot be recursive'],
    [z.strictObject({}), 'spec.x: servers drop unknown fields instead of refusing them'],
    [z.object({ a: z.string() }).catchall(z.string()), 'spec.x: a structural schema has either named fields'],
    [z.string().regex(/(?<=a)b/), 'cannot express /(?<=a)b/: it has a lookbehind'],
    [z.string().regex(/(a)\1/), 'it has the backreference \\1'],
    [z.string().regex(/a(?=b)/), 'it has a lookahead that is not at the very beginning'],
    [z.string().regex(/a{1001}/), 'it has more than 1000 repetitions'],
    [z.jwt(), 'spec.x: a JSON Web Token is decoded'],
    [
      z.union([z.string(), z.boolean()]),
      'spec.x: a structural schema has one type at a place, here are string and boolean',
    ],
    [
      z.union([z.object({ a: z.string() }), z.object({ a: z.boolean() })]),
      'spec.x.a: this field has another shape in another option',
    ],
    [
      z.union([z.object({ a: z.string().default('x') }), z.object({})]),
      'spec.x.a: a default would be filled in whichever option is meant',
    ],
    [z.number().multipleOf(3), 'spec.x: what is a multiple of a number is whole here'],
    [z.int().multipleOf(0.1), 'spec.x: servers check whole numbers against a whole factor only'],
    [z.string().default(() => String(performance.now())), 'spec.x: the default differs from time to time'],
    [z.string().min(3).prefault('x'), 'spec.x: the default is not valid'],
    [z.null(), 'spec.x: null alone is no type'],
    [z.array(z.string().optional()), 'spec.x[]: what is in a list or map is there'],
    [
      z.array(z.object({ a: z.string().optional() })).check(listMap('a')),
      'spec.x: the key a of the list has to be a field of its items that is required',
    ],
    [z.string().meta({ 'x-kubernetes-list-tpe': 'set' }), 'spec.x: there is no x-kubernetes-list-tpe with this value'],
    [z.object({ y: z.array(z.object({ z: z.set(z.string()) })) }), 'spec.x.y[].z: JSON has no Set'],
  ])('refuses what no schema can say: %#', (x, problem) => {
    expect(problemOf(x)).toContain(problem);
  });

  it('says what is wrong once, however the place is wrapped', () => {
    expect(problemOf(z.array(z.object({})).check(listSet()).optional().describe('x')).split('\n')).toHaveLength(1);
  });

  it('names everything that is wrong, at once', () => {
    expect(
      problemsOf({
        group: 'example',
        kind: 'thing',
        version: '1',
        shortNames: ['T'],
        spec: z.object({ a: z.date(), b: z.symbol() }),
        printerColumns: [{ name: 'C', path: '.spec.c' }],
        selectableFields: ['.spec.c'],
        scale: { specReplicasPath: '.spec.c', statusReplicasPath: '.spec.c' },
      }).map((problem) => problem.split(':')[0]),
    ).toEqual([
      'group',
      'kind',
      'shortNames[0]',
      'version',
      'spec.a',
      'spec.b',
      'scale.specReplicasPath',
      'scale.statusReplicasPath',
      'selectableFields[0]',
      'printerColumns[0].path',
    ]);
  });

  it('parses as the server keeps: defaults filled in, unknown fields gone, nulls that are not allowed gone', () => {
    expect(
      Website.parse({
        metadata: { name: 'x' },
        spec: { host: 'a.b', replicas: null, labels: null, tls: null, more: 1 },
      }),
    ).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Website',
      metadata: { name: 'x' },
      spec: { host: 'a.b', replicas: 1, tls: null },
    });
    expect(() => Website.parse({ spec: {} })).toThrow(z.ZodError);
    expect(() => Website.parse({ kind: 'Pod', spec: { host: 'a.b' } })).toThrow(z.ZodError);
  });

  it('converts between versions through the stored one', () => {
    const convert = converter([Website, OldWebsite]);
    const old = {
      apiVersion: 'example.com/v1beta1',
      kind: 'Website',
      metadata: { name: 'x' },
      spec: { hostname: 'a.b' },
    };
    const stored = convert(old, 'example.com/v1');
    expect(stored).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Website',
      metadata: { name: 'x' },
      spec: { host: 'a.b', replicas: 1, tls: 'none' },
      status: undefined,
    });
    expect(convert(stored, 'example.com/v1beta1')).toEqual({
      ...old,
      spec: { hostname: 'a.b', count: 1 },
      status: undefined,
    });
    expect(() => convert(old, 'example.com/v2')).toThrow('there is no version example.com/v2 of Website');
  });
});
