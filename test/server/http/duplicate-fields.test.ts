import { describe, expect, it } from 'vitest';
import { strictFieldProblems } from '../../../src/server/http/duplicate-fields.js';
import { TestServer } from '../client.js';

describe('the problems with fields of a JSON text', () => {
  const unknown = ['unknown field "spec.bogus"', 'unknown field "spec.list[1].odd"'];

  it('are told in the order of the text, unknown and duplicate ones alike', () => {
    const text = '{"spec":{"bogus":{"a":1,"a":2},"n":1,"n":2,"list":[{"k":1,"k":2},{"odd":1,"k":1}]},"spec":{}}';
    expect(strictFieldProblems(text, unknown)).toEqual([
      'unknown field "spec.bogus"',
      'duplicate field "spec.n"',
      'duplicate field "spec.list[0].k"',
      'unknown field "spec.list[1].odd"',
      'duplicate field "spec"',
    ]);
  });

  it('are each told once, at most a hundred of them', () => {
    const fields = Array.from({ length: 150 }, (_, i) => `"f${i}":1,"f${i}":2,"f${i}":3`);
    const problems = strictFieldProblems(`{${fields.join()}}`, []);
    expect(problems).toHaveLength(100);
    expect(problems[99]).toBe('duplicate field "f99"');
  });

  it('are not looked for inside a field that is unknown', () => {
    expect(strictFieldProblems('{"spec":{"bogus":{"a":1,"a":2}}}', unknown.slice(0, 1))).toEqual(unknown.slice(0, 1));
  });
});

const path = '/api/v1/namespaces/default/configmaps?fieldValidation=';

describe('the server, asked to be strict,', () => {
  it('refuses a body with its problems in the order of the text', async () => {
    const server = new TestServer();
    const text = '{"kind":"ConfigMap","apiVersion":"v1","bogus":1,"metadata":{"name":"a","name":"b"},"other":{}}';
    const { status, body } = await server.ask('POST', `${path}Strict`, text);
    expect(status).toBe(400);
    expect(body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
        'unknown field "bogus", duplicate field "metadata.name", unknown field "other"',
    );
  });

  it('tells the duplicate keys of YAML as its reader does, and warns of each', async () => {
    const server = new TestServer();
    const text = 'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\n  name: b\ndata: {}\ndata: {}\nbogus: 1\n';
    const headers = { 'content-type': 'application/yaml' };
    const strict = await server.ask('POST', `${path}Strict`, text, headers);
    expect(strict.body.message).toMatch(
      /strict decoding error: yaml: unmarshal errors:\n {2}line 5: key "name" already set in map\n {2}line 7: key "data" already set in map, unknown field "bogus"$/,
    );
    const warned = await server.ask('POST', `${path}Warn`, text, headers);
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toEqual([
      '299 - "line 5: key \\"name\\" already set in map"',
      '299 - "line 7: key \\"data\\" already set in map"',
      '299 - "unknown field \\"bogus\\""',
    ]);
  });
});
