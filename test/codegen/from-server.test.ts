import { describe, expect, it } from 'vitest';
import { groupVersion } from '../../src/codegen/document.js';
import { type FetchJson, sourceFromServer } from '../../src/codegen/from-server.js';
import { generateFiles } from '../../src/codegen/generate-files.js';
import { normalise } from '../../src/codegen/normalise.js';
import type { ResourceFacts } from '../../src/meta/index.js';
import { allFacts, ownOptions, servedSource } from './sources.js';

const source = await servedSource();

/** A server that answers as a real one does; `asked` notes what was asked for. */
function server(overrides: { [path: string]: unknown } = {}, asked: string[] = []): FetchJson {
  const place = (group: string, version: string) => `${group === '' ? 'api' : 'apis'}/${groupVersion(group, version)}`;
  const documents = [
    ...source.documents.map(({ group, version, document }) => [place(group, version), document] as const),
    ...(source.plumbing ?? []).map(({ place: at, document }) => [at, document] as const),
  ];
  const entries = documents.map(([at]) => [at, { serverRelativeURL: `/openapi/v3/${at}?hash=AB12` }]);
  const items = source.discovery ?? [];
  const answers: { [path: string]: unknown } = {
    '/openapi/v3': { paths: Object.fromEntries(entries) },
    '/api': { kind: 'APIGroupDiscoveryList', items: items.slice(0, 1) },
    '/apis': { kind: 'APIGroupDiscoveryList', items: items.slice(1) },
    ...Object.fromEntries(documents.map(([at, document]) => [`/openapi/v3/${at}?hash=AB12`, document])),
    ...overrides,
  };
  return async (path, accept) => {
    asked.push(`${path} ${accept}`);
    if (!(path in answers)) throw new Error(`404 ${path}`);
    return answers[path];
  };
}

describe('a running server', () => {
  it('gives the same generated files, byte for byte, as what its answers were made from', async () => {
    const asked: string[] = [];
    const files = await generateFiles(await sourceFromServer(server({}, asked)), ownOptions);
    expect(files).toEqual(await generateFiles(source, ownOptions));
    expect(asked).toContain('/apis application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  });

  it('that has no aggregated discovery still gives every resource, its scope, verbs and subresources', async () => {
    const old = { '/api': { kind: 'APIVersions' }, '/apis': { kind: 'APIGroupList' } };
    const { apis } = normalise(await sourceFromServer(server(old)));
    const known = (resources: ResourceFacts[]) =>
      resources.map(({ shortNames: _short, categories: _categories, verbs, ...rest }) => ({
        ...rest,
        // Paths say that ComponentStatus can be watched, discovery says that it cannot.
        verbs: rest.kind === 'ComponentStatus' ? verbs.filter((verb) => verb !== 'watch') : verbs,
      }));
    for (const api of allFacts()) {
      const derived = apis.find(({ group, version }) => group === api.group && version === api.version);
      expect(known(derived?.resources ?? []), groupVersion(api.group, api.version)).toEqual(known(api.resources));
    }
  });

  it('cannot lead the reader, and the credentials it may carry, to another server', async () => {
    for (const serverRelativeURL of ['https://evil.example/x', '//evil.example/x']) {
      const index = { '/openapi/v3': { paths: { 'api/v1': { serverRelativeURL } } } };
      await expect(sourceFromServer(server(index))).rejects.toThrow(/outside its server/);
    }
  });

  it('that answers something else is refused with the reason', async () => {
    await expect(sourceFromServer(server({ '/openapi/v3': { kind: 'Status' } }))).rejects.toThrow(/something else/);
    await expect(sourceFromServer(server({ '/openapi/v3': { paths: {} } }))).rejects.toThrow(/lists no API group/);
  });
});
