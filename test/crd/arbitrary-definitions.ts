import fc from 'fast-check';
import { intOrString, listMap, listSet, rule } from 'keelson/crd';
import { z } from 'zod';

/** A zod schema, with values that it takes for the most part, and some that come near. */
export interface Sample {
  readonly schema: z.ZodType;
  readonly value: fc.Arbitrary<unknown>;
}

/** Words of the basic plane: beyond it JavaScript counts units where servers count characters. */
const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'Z', '0', '9', '-', '.', ' ', '\n', 'é', '\u2028', '_'),
  maxLength: 8,
});
const wholeNumber = fc.oneof(
  fc.integer({ min: -12, max: 12 }),
  fc.constantFrom(2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 0.5),
);
const decimal = fc.oneof(wholeNumber, fc.constantFrom(0.25, -0.5, 1.5, 1e20, 3.5e38, -7.25));

/** Values of another type than whatever is asked for. */
const stranger: fc.Arbitrary<unknown> = fc.constantFrom(null, true, 'x', '', 7, 0.5, [], {}, ['x'], { a: 1 });

const strings: fc.Arbitrary<Sample> = fc
  .record({
    base: fc.constantFrom<() => z.ZodString>(
      () => z.string(),
      () => z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
      () => z.string().regex(/\s|\./),
      () => z.string().regex(/^(?!-)(?=.*[a-z])[\w.-]+$/i),
      () => z.string().regex(/^.{2,4}$/s),
      () => z.string().regex(/^[^\d\s]*$/),
      () => z.string().startsWith('a').endsWith('b'),
      () => z.string().includes('.'),
      () => z.string().lowercase(),
    ),
    min: fc.option(fc.nat(3), { nil: undefined }),
    max: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined }),
  })
  .map(({ base, min, max }) => {
    let schema = base();
    if (min !== undefined) schema = schema.min(min);
    if (max !== undefined) schema = schema.max(max);
    return { schema, value: fc.oneof(word, fc.constantFrom('a', 'ab', 'a.b', 'a-b', 'A.b')) };
  });

const formats: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  {
    schema: z.iso.datetime(),
    value: fc.oneof(
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
      fc.constantFrom('2020-02-30T00:00:00Z', '2020-01-01T00:00Z', '2020-01-01'),
    ),
  },
  {
    schema: z.iso.datetime({ offset: true, precision: 0 }),
    value: fc.constantFrom('2020-01-01T00:00:00+01:00', '2020-01-01T24:00:00Z', '2020-01-01T00:00:00.5Z'),
  },
  { schema: z.iso.date(), value: fc.constantFrom('2020-02-29', '2021-02-29', '2020-2-1') },
  { schema: z.iso.time(), value: fc.constantFrom('10:00', '10:00:00.5', '25:00') },
  {
    schema: z.iso.duration(),
    value: fc.constantFrom('P1D', 'PT1H30M', 'P', 'PT', 'P1W', 'P1W2D', 'P1DT', 'P1Y2M3DT4H5M6.7S', 'PT1S'),
  },
  {
    schema: z.uuid(),
    value: fc.oneof(
      fc.uuid(),
      fc.constantFrom('00000000-0000-0000-0000-000000000000', '0000', 'G0000000-0000-4000-8000-000000000000'),
    ),
  },
  {
    schema: z.email(),
    value: fc.oneof(fc.emailAddress(), fc.constantFrom('a@b.co', '.a@b.co', 'a..b@b.co', 'a@b', "o'b@c.de")),
  },
  { schema: z.ipv4(), value: fc.oneof(fc.ipV4(), fc.constantFrom('256.1.1.1', '1.2.3', '01.2.3.4')) },
  {
    schema: z.ipv6(),
    value: fc.oneof(
      fc.ipV6(),
      fc.constantFrom('::', '::1', '::ffff:1.2.3.4', '1::2::3', ':', '12345::', 'fe80::1%eth0'),
    ),
  },
  { schema: z.cidrv4(), value: fc.constantFrom('10.0.0.0/8', '10.0.0.0/33', '10.0.0/8') },
  { schema: z.cidrv6(), value: fc.constantFrom('fd00::/8', 'fd00::/129', '10.0.0.0/8', '::/0', '::/00') },
  { schema: z.base64(), value: fc.oneof(fc.base64String(), fc.constantFrom('a', 'ab==', 'a=b=', 'ab\n==')) },
  {
    schema: z.hostname(),
    value: fc.oneof(
      fc.domain(),
      fc.constantFrom('a', '-a', 'a-', 'a..b', `${'a'.repeat(63)}.b`, 'a'.repeat(64), 'a.', `${'a.'.repeat(126)}aa`),
    ),
  },
  { schema: z.templateLiteral(['v', z.int()]), value: fc.constantFrom('v1', 'v-1', 'v1.5', 'v') },
  { schema: z.e164(), value: fc.constantFrom('+4930123456', '+1', '49') },
);

const numbers: fc.Arbitrary<Sample> = fc
  .record({
    base: fc.constantFrom<() => z.ZodNumber>(
      () => z.number(),
      () => z.int(),
      () => z.int32(),
      () => z.uint32(),
      () => z.float32(),
    ),
    min: fc.option(fc.constantFrom(-3, 0, 0.5, -0.5), { nil: undefined }),
    max: fc.option(fc.constantFrom(4, 1.5, 9), { nil: undefined }),
    exclusive: fc.boolean(),
    factor: fc.option(fc.constantFrom(2, 3), { nil: undefined, freq: 4 }),
  })
  .map(({ base, min, max, exclusive, factor }) => {
    let schema = base();
    if (min !== undefined) schema = exclusive ? schema.gt(min) : schema.min(min);
    if (max !== undefined) schema = exclusive ? schema.lt(max) : schema.max(max);
    if (factor !== undefined) schema = z.int().multipleOf(factor);
    return { schema, value: decimal };
  });

const choices: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  { schema: z.enum(['a', 'b', 'A.b']), value: fc.constantFrom('a', 'b', 'c', 'A.b', 'Axb') },
  { schema: z.literal([1, 2]), value: fc.constantFrom(1, 2, 3, 1.5, '1') },
  { schema: z.literal(true), value: fc.boolean() },
  { schema: z.boolean(), value: fc.boolean() },
  { schema: intOrString(), value: fc.oneof(wholeNumber, word) },
  {
    schema: z.union([z.int().min(0), z.enum(['auto', 'a.b'])]),
    value: fc.oneof(wholeNumber, fc.constantFrom('auto', 'axb', 'a.b', '1')),
  },
  {
    schema: z.union([z.literal([3, 5]), z.string().regex(/^\d+%$/)]),
    value: fc.oneof(fc.integer({ min: 2, max: 6 }), fc.constantFrom('5%', '%', '3')),
  },
  { schema: z.union([z.literal('a'), z.string().min(3)]), value: fc.oneof(word, fc.constantFrom('a', 'ab')) },
  { schema: z.union([z.int().max(-5), z.int().min(5)]), value: wholeNumber },
  { schema: z.xor([z.string().min(2), z.string().max(4)]), value: word },
  { schema: z.union([z.string(), z.null()]), value: fc.oneof(word, fc.constant(null)) },
  {
    schema: z.string().check(rule<string>("self != 'ab'", { test: (text) => text !== 'ab' })),
    value: fc.constantFrom('ab', 'a', ''),
  },
);

/** One of the names that fields have here, so that unknown fields and known ones meet. */
const fieldName = fc.constantFrom('a', 'b', 'c', 'if', 'x-y', 'some.field');

/** Samples of every kind, at most so deep. */
function samples(depth: number): fc.Arbitrary<Sample> {
  const flat = [
    { arbitrary: strings, weight: 3 },
    { arbitrary: formats, weight: 2 },
    { arbitrary: numbers, weight: 3 },
    { arbitrary: choices, weight: 3 },
    { arbitrary: fc.constantFrom<Sample>(keyedList, wordSet, told, looseObject, open), weight: 2 },
  ];
  if (depth === 0) return fc.oneof(...flat);
  const inner = samples(depth - 1);
  return fc.oneof(
    ...flat,
    { arbitrary: objects(inner), weight: 4 },
    { arbitrary: fc.record({ item: inner, min: fc.nat(1), max: fc.integer({ min: 1, max: 3 }) }).map(list), weight: 2 },
    { arbitrary: inner.map(map), weight: 2 },
    { arbitrary: inner.map(orNull), weight: 1 },
  );
}

function objects(inner: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const kind = fc.constantFrom('required', 'optional', 'default');
  const field = fc.record({ name: fieldName, field: inner, kind, seed: fc.nat() });
  return fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: 4 }).map(object);
}

function orNull({ schema, value }: Sample): Sample {
  return { schema: schema.nullable(), value: fc.oneof(value, fc.constant(null)) };
}

function list({ item, min, max }: { item: Sample; min: number; max: number }): Sample {
  return { schema: z.array(item.schema).min(min).max(max), value: fc.array(item.value, { maxLength: 4 }) };
}

function map({ schema, value }: Sample): Sample {
  return {
    schema: z.record(z.string(), schema),
    value: fc.dictionary(fc.constantFrom('a', 'b', 'k.1', 'x/y'), value, { noNullPrototype: true }),
  };
}

const keyedList: Sample = {
  schema: z.array(z.object({ name: z.string(), port: z.int().default(80) })).check(listMap('name', 'port')),
  value: fc.array(
    fc.record({ name: fc.constantFrom('a', 'b'), port: fc.constantFrom(80, 81) }, { requiredKeys: ['name'] }),
    { maxLength: 3 },
  ),
};
const wordSet: Sample = {
  schema: z.array(z.string()).check(listSet()),
  value: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
};
const told: Sample = {
  schema: z.discriminatedUnion('type', [
    z.object({ type: z.literal('git'), url: z.string().min(1), depth: z.int().min(1).optional() }),
    z.object({ type: z.enum(['s3', 'gcs']), bucket: z.string() }),
    z.object({ type: z.literal('none') }),
  ]),
  value: fc.oneof(
    fc.record(
      { type: fc.constantFrom('git', 'x'), url: fc.constantFrom('', 'u'), depth: fc.nat(2) },
      { requiredKeys: [] },
    ),
    fc.record(
      { type: fc.constantFrom('s3', 'gcs', 'none', 's4'), bucket: fc.constantFrom('', 'b') },
      { requiredKeys: ['type'] },
    ),
  ),
};
const looseObject: Sample = {
  schema: z.looseObject({ a: z.boolean() }),
  value: fc.record({ a: fc.boolean(), b: fc.constantFrom(1, { c: [null] }) }, { requiredKeys: [] }),
};
const open: Sample = { schema: z.unknown(), value: fc.oneof(stranger, word) };

interface Field {
  readonly name: string;
  readonly field: Sample;
  readonly kind: string;
  readonly seed: number;
}

function object(fields: readonly Field[]): Sample {
  const shape: { [name: string]: z.ZodType } = {};
  const values: { [name: string]: fc.Arbitrary<unknown> } = {};
  for (const { name, field, kind, seed } of fields) {
    shape[name] =
      kind === 'required' ? field.schema : kind === 'optional' ? field.schema.optional() : withDefault(field, seed);
    values[name] = fc.oneof({ arbitrary: field.value, weight: 30 }, { arbitrary: stranger, weight: 1 });
  }
  return {
    schema: z.object(shape),
    value: fc
      .tuple(
        fc.record(values, {
          requiredKeys: fields
            .filter(({ seed }) => seed % 20 !== 0)
            .filter(({ kind }) => kind === 'required')
            .map(({ name }) => name),
        }),
        fc.option(fc.constant({ unknown: { deep: 1 } }), { nil: {}, freq: 5 }),
      )
      .map(([known, more]) => ({ ...known, ...more })),
  };
}

/** A default that the schema takes, as far as one is found. */
function withDefault({ schema, value }: Sample, seed: number): z.ZodType {
  const fitting = fc.sample(value, { numRuns: 20, seed }).find((one) => one !== null && schema.safeParse(one).success);
  return fitting === undefined ? schema.optional() : schema.prefault(fitting);
}

/** Objects for the spec of a kind. */
export const arbitrarySpec: fc.Arbitrary<Sample> = objects(samples(2));
