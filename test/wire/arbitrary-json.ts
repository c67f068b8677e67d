import fc from 'fast-check';

/** JSON as it may be written: members in order, the same key perhaps twice. */
export type Written =
  | string
  | number
  | boolean
  | null
  | Written[]
  | { readonly members: readonly (readonly [string, Written])[] };

/** Keys and strings a byte scanner may trip over, beside the ones it looks for. */
const awkward = [
  '',
  '"',
  '\\',
  '\\"',
  '{',
  '}]}',
  ']},',
  ']},"spec":',
  '}],"name":',
  '"managedFields":[',
  '{"metadata":{"managedFields":[{}]}}',
  '__proto__',
  'constructor',
  'é',
  '\u{1F600}',
  '\u0000\n\t',
  'x'.repeat(70),
  `${'x'.repeat(70)}\\"`,
  '\\'.repeat(65),
];
const metadataKeys = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
  'deletionTimestamp',
];

const text = fc.oneof(fc.constantFrom(...awkward, ...metadataKeys, 'metadata'), fc.string({ unit: 'grapheme' }));
const leaf: fc.Arbitrary<Written> = fc.oneof(
  text,
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);

const { value } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    membersOf(fc.oneof(text, fc.constantFrom('metadata', 'managedFields', 'spec')), tie('value')),
  ),
}));

function membersOf(key: fc.Arbitrary<string>, member: fc.Arbitrary<Written>, maxLength = 5): fc.Arbitrary<Written> {
  return fc.record({ members: fc.array(fc.tuple(key, member), { maxLength }) });
}

/** Any JSON. */
export const anyJson = value;

const textMap = membersOf(text, fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: value }));
const fieldsV1 = fc.array(
  fc.record({
    members: fc.tuple(
      fc.tuple(fc.constant('manager'), text as fc.Arbitrary<Written>),
      fc.tuple(fc.constant('fieldsV1'), fc.oneof(textMap, value)),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);
const metadata = fc
  .array(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('name', 'namespace', 'uid', 'resourceVersion', 'deletionTimestamp'),
        fc.oneof(text, value),
      ),
      fc.tuple(fc.constantFrom('labels', 'annotations'), fc.oneof(textMap, value)),
      fc.tuple(fc.constant('managedFields'), fc.oneof(fieldsV1, value)),
      fc.tuple(fc.constantFrom(...metadataKeys), value),
      fc.tuple(text, value),
    ),
    { maxLength: 9 },
  )
  .map((members) => ({ members }));

/** A value of some hundred bytes, for long stretches are read in other ways than short ones. */
const longValue: fc.Arbitrary<Written> = fc
  .tuple(fc.integer({ min: 0, max: 12 }), value, text)
  .map(([times, entry, pad]) => [pad.repeat(times * 5), ...new Array<Written>(times).fill(entry), '\\'.repeat(times)]);

/** Something like a Kubernetes object: the right keys, often with the right values, in any order, sometimes twice. */
export const objectLike: fc.Arbitrary<Written> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('metadata'), metadata as fc.Arbitrary<Written>) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('metadata'), value) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('kind', 'apiVersion', 'spec', 'status', 'data'), value) },
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('spec', 'status', 'data'), longValue) },
      { weight: 1, arbitrary: fc.tuple(text, value) },
    ),
    { maxLength: 5 },
  )
  .map((members) => ({ members }));

/** The style of the text: a source of choices. */
export const style = fc.array(fc.nat(255), { maxLength: 40 });

/** The document as text: compact where the style is empty, else with white space and escapes wherever JSON allows them. */
export function write(document: Written, choices: readonly number[] = []): string {
  let taken = 0;
  const choose = () => (choices.length === 0 ? 0 : (choices[taken++ % choices.length] ?? 0));
  const space = () => [' ', '\n', '\t', '\r ', '', '', '', ''][7 - (choose() % 8)] ?? '';
  const quoted = (content: string) => {
    const plain = JSON.stringify(content);
    const at = choose();
    if (at % 4 !== 3 || content.length === 0) return plain;
    const k = at % content.length;
    const escaped = `\\u${content.charCodeAt(k).toString(16).padStart(4, '0')}`;
    return `"${JSON.stringify(content.slice(0, k)).slice(1, -1)}${escaped}${JSON.stringify(content.slice(k + 1)).slice(1, -1)}"`;
  };
  const any = (node: Written): string => {
    if (typeof node === 'string') return quoted(node);
    if (typeof node !== 'object' || node === null) return JSON.stringify(node);
    if (Array.isArray(node)) return `[${node.map((entry) => space() + any(entry) + space()).join(',') || space()}]`;
    const members = node.members.map(
      ([key, entry]) => `${space()}${quoted(key)}${space()}:${space()}${any(entry)}${space()}`,
    );
    return `{${members.join(',') || space()}}`;
  };
  return any(document);
}

/** Cuts bytes into chunks of the sizes the style says, down to one byte and up to some thousand. */
export function chunks(bytes: Uint8Array, choices: readonly number[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  let turn = 0;
  for (let at = 0; at < bytes.length; ) {
    const choice = choices[turn++ % choices.length] ?? bytes.length;
    const size = choice % 2 === 0 ? 1 + (choice % 32) : choice * 9;
    out.push(bytes.slice(at, at + size));
    at += size;
  }
  return out;
}
