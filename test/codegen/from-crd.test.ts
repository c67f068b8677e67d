import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CodegenError } from '../../src/codegen/api-source.js';
import { sourceFromCrds, sourceFromDefinitions } from '../../src/codegen/from-crd.js';
import { generateFiles } from '../../src/codegen/generate-files.js';
import { compile } from './compile.js';
import { status, website } from './website.js';

const textOf = async (path: string) =>
  (await generateFiles(sourceFromDefinitions([website, status]))).find((file) => file.path === path)?.text ?? '';

describe('custom resource definitions', () => {
  it('become TypeScript that compiles strictly in a user’s project', async () => {
    const files = await generateFiles(sourceFromDefinitions([website, status]));
    const use = `
      import type { ResourceType, Stored } from 'keelson';
      import { Resource, Website } from './index.js';
      import { Website as Pinned, type WebsiteSpec } from './stable.example.com/v1.js';
      const spec: WebsiteSpec = {
        host: 'a', port: 'http', bare: 80, limits: { cpu: 1 }, ports: ['a', 1], maybe: null, mode: "it's", level: -3, note: null, free: { x: [1] }, open: { a: 'b', c: 1 },
        rules: [{ name: 'n', 'odd-key': true, deep: [[{ x: 1 }]] }], labels: { a: 'b' }, mirrors: { eu: { url: 'u' } },
        either: { a: 'x' }, bounded: 4, anything: Symbol.iterator,
      };
      export const site: ResourceType<typeof Website> = { metadata: { name: 'x' }, spec };
      export const ready: boolean | undefined = (site as Stored<Website, 'Namespaced'>).status?.ready;
      export const same: typeof Pinned = Website;
      export const scope: 'Cluster' = Resource.scope;
      export const namespaced: 'Namespaced' = Website.scope;
      // @ts-expect-error host is required
      export const noHost: Website = { spec: {} };
      // @ts-expect-error not one of the modes
      export const badMode: Website = { spec: { host: 'a', mode: 'other' } };
      // @ts-expect-error the value-only alternatives must not open the object up
      export const badEither: Website = { spec: { host: 'a', either: { c: 1 } } };
      // @ts-expect-error a number or a string
      export const badLimit: Website = { spec: { host: 'a', limits: { cpu: true } } };
      // @ts-expect-error a number
      export const badCount: Website = { spec: { host: 'a', replicas: 'many' } };
    `;
    expect(compile([...files, { path: 'use.ts', text: use }])).toEqual([]);
  });

  it('give descriptors with scope, names and subresources', async () => {
    const text = await textOf('stable.example.com/v1.ts');
    expect(text).toContain("export const Website: Resource<Website, 'Namespaced', WebsiteSubresources> = {");
    expect(text).toContain("  shortNames: ['ws'],\n  categories: ['all'],\n  scope: 'Namespaced',\n");
    expect(text).toContain("    scale: { kind: 'autoscaling/v1/Scale', verbs: ['get', 'patch', 'update'] },");
    expect(text).toContain("  status: Subresource<Website, 'get' | 'patch' | 'update'>;");
    expect(text).toContain("import type { Scale } from 'keelson/k8s/autoscaling/v1';");
  });

  it('carry their descriptions as doc comments that nothing can break out of', async () => {
    const text = await textOf('stable.example.com/v1.ts');
    expect(text).toContain('/** A website. */\nexport interface Website {');
    expect(text).toContain('  /** Where it is served. *\\/ export { */\n  host: string;');
  });

  it('offer the stable version, or the newest where none is stable, and only served versions at all', async () => {
    const files = await generateFiles(sourceFromDefinitions([website, status]));
    expect(files.map(({ path }) => path)).toEqual([
      'example.org/v1beta1.ts',
      'index.ts',
      'stable.example.com/v1.ts',
      'stable.example.com/v1alpha1.ts',
    ]);
    expect(await textOf('index.ts')).toContain(
      "export * from './example.org/v1beta1.js';\nexport * from './stable.example.com/v1.js';\n",
    );
  });

  it('keep what validates values in the facts', async () => {
    const files = await generateFiles(sourceFromDefinitions([website]), { facts: true });
    const facts = JSON.parse(files.find(({ path }) => path === 'facts/stable.example.com/v1.json')?.text ?? '');
    const { properties } = facts.schemas.Website.properties.spec;
    expect(properties.replicas).toEqual({ type: 'integer', default: 1, other: { minimum: 0 } });
    expect(properties.host).toEqual({ type: 'string', other: { pattern: '^[a-z.]+$' } });
    expect(properties.either.other).toEqual({ oneOf: [{ required: ['a'] }, { required: ['b'] }] });
    expect(properties.rules).toMatchObject({ listType: 'map', listMapKeys: ['name'] });
    expect(properties.port.intOrString).toBe(true);
  });
});

describe('files of custom resource definitions', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keelson-crd-'));
    const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
    await writeFile(join(folder, 'many.yaml'), [other, website, null].map((doc) => stringify(doc)).join('---\n'));
    await writeFile(
      join(folder, 'list.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [status, other] }),
    );
    await writeFile(join(folder, 'notes.txt'), 'kind: CustomResourceDefinition');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are read from YAML of many documents, from JSON, from lists and from folders, with the same result', async () => {
    const expected = await generateFiles(sourceFromDefinitions([website, status]));
    expect(await generateFiles(await sourceFromCrds(folder))).toEqual(expected);
    const one = await generateFiles(await sourceFromCrds(join(folder, 'many.yaml')));
    expect(one).toEqual(await generateFiles(sourceFromDefinitions([website])));
  });

  it('are refused with the reason where they hold none, an old version, or are broken', async () => {
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const none = await write('none.yml', 'kind: Namespace');
    await expect(sourceFromCrds(none)).rejects.toThrow(/No CustomResourceDefinition in .*none\.yml/);
    const old = await write('old.yml', 'kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1beta1');
    await expect(sourceFromCrds(old)).rejects.toThrow(/old\.yml .*v1beta1; convert it to apiextensions\.k8s\.io\/v1/);
    const broken = await write('broken.yml', 'kind: [');
    await expect(sourceFromCrds(broken)).rejects.toThrow(CodegenError);
    const dangling = await write('dangling.yml', 'kind: *nobody');
    await expect(sourceFromCrds(dangling)).rejects.toThrow(/Cannot read .*dangling\.yml/);
    const nameless = await write('nameless.yml', stringify({ ...website, spec: { group: 'x.y', versions: [] } }));
    await expect(sourceFromCrds(nameless)).rejects.toThrow(/websites\.stable\.example\.com lacks .*spec\.names\.kind/);
  });
});
