import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { maxYamlBytes, readYaml } from '../../../src/server/http/yaml.js';
import { withoutDot } from '../../../src/server/http/yaml-tags.js';
import { encodeYaml } from '../../../src/server/http/yaml-text.js';
import { decodeUtf8 } from '../../../src/util/bytes.js';

/** The same document with a comment before it, which the fast path for JSON leaves to the YAML reader. */
const asYaml = (text: string) => `# JSON\n${text}`;

describe('YAML', () => {
  it('is YAML 1.1, in which of keys that come twice the last one counts, and each is told of', async () => {
    expect(await readYaml('a: y\nb: 1\nb: 2')).toEqual({
      value: { a: true, b: 2 },
      duplicates: ['line 3: key "b" already set in map'],
    });
    expect(await readYaml('{"a": {"b": 1,\n"b": 2}, "c": "b"}')).toEqual({
      value: { a: { b: 2 }, c: 'b' },
      duplicates: ['line 2: key "b" already set in map'],
    });
  });

  it('that is JSON has the value JSON has, and what is almost JSON the value YAML has', async () => {
    const texts = [
      '{}',
      '{"a:": "\\" : \\\\", "b": ["x", ":"]}',
      '{"n": 1e3, "m": -0.5, "l": 12345678901234567890}',
      '{"a": y, b: c} # d',
    ];
    for (const text of texts)
      expect((await readYaml(text)).value).toEqual(parseDocument(text, { version: '1.1' }).toJS());
  });

  it('gives the same whichever way JSON is read', async () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const text = JSON.stringify(value);
        expect(await readYaml(text)).toEqual(await readYaml(asYaml(text)));
      }),
    );
  });

  it('as deep as a hostile client likes is refused or read, and never ends the process', async () => {
    const text = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    await readYaml(text).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  });

  it('is refused with 413 above its bound, and JSON is not', async () => {
    const pairs = Array.from({ length: 20_000 }, (_, i) => [`key${i}`, 'value'] as const);
    const yaml = pairs.map(([key, value]) => `${key}: ${value}`).join('\n');
    expect(yaml.length).toBeGreaterThan(maxYamlBytes);
    await expect(readYaml(yaml)).rejects.toMatchObject({ status: { code: 413, reason: 'RequestEntityTooLarge' } });
    const value = Object.fromEntries(pairs);
    expect((await readYaml(JSON.stringify(value))).value).toEqual(value);
    expect((await readYaml(`\n ${JSON.stringify(value)}`)).value).toEqual(value);
  });

  it('is refused where aliases make much of it', async () => {
    const shared = `a: &a ${'x'.repeat(100_000)}\n`;
    const aliases = Array.from({ length: 60 }, (_, i) => `b${i}: *a`).join('\n');
    await expect(readYaml(shared + aliases)).rejects.toMatchObject({ status: { code: 413 } });
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i}: &l${i} [${Array(9).fill(i === 0 ? 'x' : `*l${i - 1}`)}]`,
    );
    await expect(readYaml(levels.join('\n'))).rejects.toThrow('Excessive alias count');
  });

  it('is written in pieces that are the same text', async () => {
    const options = { schema: 'yaml-1.1', sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const;
    const words = fc.constantFrom(
      'name',
      'yes',
      'a.b-c',
      'f:data',
      'a:',
      'n',
      '__proto__',
      'null',
      'x\n\n  y\n',
      '  a\nb\n\n',
    );
    const string = fc.oneof(words, fc.string(), fc.string({ unit: fc.constantFrom('a', ' ', '\n', ':', '#', '"') }));
    const { json: value } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 4 }, string, fc.double(), fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('json'), { maxLength: 4 }),
      map: fc.dictionary(string, tie('json'), { maxKeys: 4 }),
    }));
    const json = fc.dictionary(string, value);
    const list = fc.record({ items: fc.array(value), metadata: json });
    await fc.assert(
      fc.asyncProperty(fc.oneof(list, json, value), fc.nat(3), async (value, size) => {
        expect(decodeUtf8(await encodeYaml(value, size))).toBe(
          stringify(value, { ...options, aliasDuplicateObjects: false, customTags: withoutDot }),
        );
      }),
    );
  });

  it('keeps the items of lists inside the items of lists apart', async () => {
    const containers = ['a', 'b'].map((name) => ({ name, args: Array.from({ length: 300 }, (_, i) => `--n=${i}`) }));
    const list = { kind: 'List', items: [{ metadata: { name: 'p' }, spec: { containers } }] };
    expect((await readYaml(decodeUtf8(await encodeYaml(list)))).value).toEqual(list);
  });

  it('gives others a turn while a long list is written', async () => {
    const items = Array.from({ length: 2_000 }, (_, i) => ({ metadata: { name: `n${i}`, labels: { app: 'x' } } }));
    let turns = 0;
    const counter = setInterval(() => turns++, 0);
    await encodeYaml({ apiVersion: 'v1', kind: 'List', items });
    clearInterval(counter);
    expect(turns).toBeGreaterThan(3);
  });
});
