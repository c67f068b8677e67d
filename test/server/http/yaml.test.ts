import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { readYaml } from '../../../src/server/http/yaml.js';

/** Text that the fast way for JSON passes over: YAML says nothing of space before the document. */
const asYaml = (text: string) => ` ${text}`;

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
});
