import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ApiFacts, FactsIndex, MetaFacts, SchemaFacts } from '../../src/meta/index.js';
import type { SchemaResolver } from '../../src/patch/index.js';

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../generated/facts/${file}`, import.meta.url)), 'utf8')) as T;

const documents = new Map<string, ApiFacts>();

/** The facts of one version, by apiVersion (`v1`, `apps/v1`). */
function factsOf(apiVersion: string): ApiFacts {
  const known = documents.get(apiVersion);
  if (known !== undefined) return known;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const facts = read<ApiFacts>(`${group}/${version}.json`);
  documents.set(apiVersion, facts);
  return facts;
}

const meta = read<MetaFacts>('meta.json');

/** The resolver that a server would hand over for a built-in kind. */
export function resolverOf(apiVersion: string, kind: string): SchemaResolver {
  const resolve = (ref: string): SchemaFacts | undefined => {
    const dot = ref.lastIndexOf('.');
    const [owner, name] = [ref.slice(0, dot), ref.slice(dot + 1)];
    return owner === 'meta' ? meta.schemas[name] : factsOf(owner).schemas[name];
  };
  const root = Object.values(factsOf(apiVersion).schemas).find((schema) =>
    schema.gvk?.includes(`${apiVersion}/${kind}`),
  );
  if (root === undefined) throw new Error(`no schema for ${apiVersion} ${kind}`);
  return { root, resolve };
}

/** The resolver for a custom resource with this schema. */
export function customResolver(root: SchemaFacts): SchemaResolver {
  return { root, resolve: (ref) => meta.schemas[ref.slice('meta.'.length)], custom: true };
}

/** Every apiVersion and kind that can be created. */
export function creatableKinds(): { apiVersion: string; kind: string; plural: string; hasStatus: boolean }[] {
  return read<FactsIndex>('index.json').groups.flatMap(({ group, versions }) =>
    versions.flatMap((version) => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      return factsOf(apiVersion)
        .resources.filter(({ verbs }) => verbs.includes('create') && verbs.includes('get'))
        .map(({ kind, plural, subresources = [] }) => ({
          apiVersion,
          kind,
          plural,
          hasStatus: subresources.some(({ name }) => name === 'status'),
        }));
    }),
  );
}
