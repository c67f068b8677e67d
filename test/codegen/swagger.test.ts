import { describe, expect, it } from 'vitest';
import type { OpenApiDocument, Operation, PathItem } from '../../src/codegen/document.js';
import { sourceFromAny } from '../../src/codegen/from-server.js';
import { generateFiles } from '../../src/codegen/generate-files.js';
import { ownOptions, servedSource } from './sources.js';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** An OpenAPI v3 document as a server writes the same in v2. */
function downgrade(documents: readonly OpenApiDocument[], version: string): object {
  const definitions = Object.assign({}, ...documents.map(({ components }) => components?.schemas ?? {}));
  const quantity = definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'];
  definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'] = { ...quantity, oneOf: undefined, type: 'string' };
  const paths = Object.assign({}, ...documents.map(({ paths }) => paths ?? {})) as { [path: string]: PathItem };
  const text = JSON.stringify({
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    definitions,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, downgradeItem(item)])),
    parameters: { 'pretty-x': { name: 'pretty', in: 'query', type: 'string', uniqueItems: true } },
  });
  // In v2 a reference stands beside its siblings.
  return JSON.parse(
    text
      .replace(/"allOf":\[(\{"\$ref":"[^"]+"\})\]/g, (_, ref: string) => ref.slice(1, -1))
      .replaceAll('#/components/schemas/', '#/definitions/'),
  );
}

function downgradeItem(item: PathItem): object {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      if (!METHODS.includes(key) || value === undefined || Array.isArray(value)) return [key, parameters(value)];
      return [key, downgradeOperation(value)];
    }),
  );
}

function downgradeOperation(operation: Operation): object {
  const responses = Object.entries(operation.responses ?? {}).map(([status, { content }]) => [
    status,
    { schema: Object.values(content ?? {})[0]?.schema },
  ]);
  const body = { name: 'body', in: 'body', schema: { $ref: '#/definitions/x' } };
  return {
    ...operation,
    requestBody: undefined,
    parameters: [body, ...parameters(operation.parameters)],
    responses: Object.fromEntries(responses),
  };
}

function parameters(list: PathItem['parameters'] | Operation): object[] {
  return (Array.isArray(list) ? list : []).map(({ name, in: where, schema }) =>
    name === 'pretty' ? { $ref: '#/parameters/pretty-x' } : { name, in: where, type: schema?.type },
  );
}

describe('an OpenAPI v2 document', () => {
  it('gives the same modules as the v3 documents of the same server', async () => {
    const { documents, discovery, version } = await servedSource();
    const v2 = downgrade(
      documents.map(({ document }) => document),
      version,
    );
    const source = await sourceFromAny(v2, 'swagger.json');
    // v2 comes without discovery; with it nothing is missing.
    const files = await generateFiles({ ...source, discovery }, { ...ownOptions, facts: false });
    const expected = await generateFiles(await servedSource(), { ...ownOptions, facts: false });
    expect(files.map(({ path }) => path)).toEqual(expected.map(({ path }) => path));
    const differing = files.filter(({ text }, at) => text !== expected[at]?.text);
    expect(differing.map(({ path }) => path)).toEqual([]);
  });

  it('without a Kubernetes path, or of another kind, is refused with the reason', async () => {
    await expect(sourceFromAny({ swagger: '2.0', paths: { '/pets': {} } }, 'pets.json')).rejects.toThrow(
      /pets\.json .*does not describe a Kubernetes API/,
    );
    await expect(sourceFromAny({ swagger: '1.2' }, 'old.json')).rejects.toThrow(/old\.json is no OpenAPI document/);
    await expect(sourceFromAny(null, 'null.json')).rejects.toThrow(/null\.json is no OpenAPI document/);
  });
});
