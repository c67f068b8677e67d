import { expect, it } from 'vitest';
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
    expect(schema).toMatchObject({ description: expect.stringContaining(name) });
    const silent = Object.entries(schema?.properties ?? {}).filter(([, { description }]) => description === undefined);
    expect(silent).toEqual([]);
  }
  for (const name of ['Deployment', 'DeploymentList']) {
    const { apiVersion, kind, metadata } = schemas[`io.k8s.api.apps.v1.${name}`]?.properties ?? {};
    for (const property of [apiVersion, kind, metadata]) expect(property?.description).toMatch(/\w/);
  }
});

it('gives what is no object no description of an object: a name is not always the name of one', async () => {
  const { properties } = (await schemasOf('apps/v1'))['io.k8s.api.core.v1.Container'] ?? {};
  expect(properties?.name?.description).toBeUndefined();
});
