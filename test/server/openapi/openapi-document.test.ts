import { describe, expect, it } from 'vitest';
import { openApiDocument, plumbingDocument } from '../../../src/server/openapi/index.js';
import { allFacts, factsIndex, loadFacts, recordedDocuments } from '../../codegen/sources.js';

/** The same without prose, which facts do not carry. */
function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => key !== 'description' || typeof inner !== 'string');
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutProse(inner)]));
}

/**
 * The one way in which what we serve differs: a property without description or default is a bare `$ref` in the real
 * documents. Facts do not say whether there was a description, so we always wrap it, which means the same.
 */
function wrapped(value: unknown, isProperty = false): unknown {
  if (Array.isArray(value)) return value.map((item) => wrapped(item));
  if (typeof value !== 'object' || value === null) return value;
  if (isProperty && '$ref' in value && typeof value.$ref === 'string') return { allOf: [value] };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'properties' && typeof inner === 'object' && inner !== null
        ? Object.fromEntries(Object.entries(inner).map(([name, child]) => [name, wrapped(child, true)]))
        : wrapped(inner),
    ]),
  );
}

describe('plumbingDocument', () => {
  for (const place of Object.keys(factsIndex().plumbing)) {
    it(`serves ${place} as a real server does, but for prose`, async () => {
      const served = withoutProse(await plumbingDocument(place, factsIndex(), loadFacts));
      expect(served).toEqual(wrapped(withoutProse(recordedDocuments[`${place.replaceAll('/', '__')}.json`])));
    });
  }

  it('is none where there is no such place', async () => {
    expect(await plumbingDocument('constructor', factsIndex(), loadFacts)).toBeUndefined();
  });
});

describe('openApiDocument', () => {
  for (const api of allFacts()) {
    const path = api.group === '' ? `api/${api.version}` : `apis/${api.group}/${api.version}`;

    it(`serves ${path} as a real server does, but for prose`, async () => {
      const served = withoutProse(await openApiDocument(api, factsIndex(), loadFacts));
      const real = wrapped(withoutProse(recordedDocuments[`${path.replaceAll('/', '__')}.json`]));
      expect(served).toEqual(real);
    });

    it(`leaves no reference of ${path} open`, async () => {
      const { components, paths } = await openApiDocument(api, factsIndex(), loadFacts);
      const text = JSON.stringify({ components, paths });
      const targets = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
      expect(targets.length).toBeGreaterThan(0);
      for (const name of new Set(targets)) expect(components.schemas ?? {}).toHaveProperty([name ?? '']);
    });
  }
});
