import { expect, it } from 'vitest';
import { fieldDescriptions } from '../../../src/meta/descriptions/field-descriptions.js';
import { openApiDocument } from '../../../src/server/openapi/index.js';
import { allFacts, factsIndex, loadFacts } from '../../codegen/sources.js';

async function schemasOf(groupVersion: string) {
  const api = allFacts().find(({ group, version }) => `${group}/${version}` === groupVersion);
  if (api === undefined) throw new Error(`no facts of ${groupVersion}`);
  const { components } = await openApiDocument(api, factsIndex(), loadFacts);
  return components.schemas as { [name: string]: { properties: { [name: string]: { description?: string } } } };
}

it('says of every field of metadata what it is, and what the fields are that all kinds have', async () => {
  const schemas = await schemasOf('apps/v1');
  for (const name of ['ObjectMeta', 'ListMeta', 'OwnerReference']) {
    const schema = schemas[`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`];
    expect(schema).toMatchObject({ description: expect.stringMatching(/\w/) });
    const silent = Object.entries(schema?.properties ?? {}).filter(([, { description }]) => description === undefined);
    expect(silent).toEqual([]);
  }
  for (const name of ['Deployment', 'DeploymentList']) {
    const { apiVersion, kind, metadata } = schemas[`io.k8s.api.apps.v1.${name}`]?.properties ?? {};
    for (const property of [apiVersion, kind, metadata]) expect(property?.description).toMatch(/\w/);
  }
});

it('describes a field by its schema: the name of a container is not the name of an object', async () => {
  const schemas = await schemasOf('apps/v1');
  const { properties } = schemas['io.k8s.api.core.v1.Container'] ?? {};
  expect(properties?.name?.description).toContain('within the pod');
  expect(schemas['io.k8s.api.core.v1.KeyToPath']?.properties.path?.description).toBeUndefined();
});

it('describes only schemas and fields that exist', async () => {
  const unknown = new Set(
    Object.entries(fieldDescriptions).flatMap(([place, schemas]) =>
      Object.entries(schemas).flatMap(([name, texts]) =>
        Object.keys(texts).map((field) => `${place}.${name} ${field}`),
      ),
    ),
  );
  for (const api of allFacts()) {
    const { components } = await openApiDocument(api, factsIndex(), loadFacts);
    for (const [name, schema] of Object.entries(components.schemas ?? {})) {
      const { properties = {} } = schema as { properties?: object };
      for (const field of ['$self', ...Object.keys(properties)]) unknown.delete(`${name} ${field}`);
    }
  }
  expect([...unknown]).toEqual([]);
});
