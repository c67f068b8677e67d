import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiSource, DiscoveryResource } from '../../src/codegen/api-source.js';
import type { OpenApiSchema } from '../../src/codegen/document.js';
import { generateFiles } from '../../src/codegen/generate-files.js';
import { CodegenError, generate } from '../../src/codegen/index.js';
import { ROOT } from '../helpers/repo.js';
import { compile } from './compile.js';
import { ownOptions, servedSource } from './sources.js';

const served = await servedSource();

/** A source of one document with one kind, `Thing`, and further schemas. */
function thing(schema: OpenApiSchema, more: { [name: string]: OpenApiSchema } = {}, group = 'example.com'): ApiSource {
  const gvk = [{ group, version: 'v1', kind: 'Thing' }];
  const own = { type: 'object', ...schema, 'x-kubernetes-group-version-kind': gvk };
  const resource: DiscoveryResource = {
    resource: 'things',
    responseKind: { kind: 'Thing' },
    scope: 'Namespaced',
    singularResource: 'thing',
    verbs: ['create', 'get', 'approve'],
  };
  return {
    title: 'Test',
    version: '',
    documents: [
      { group, version: 'v1', document: { components: { schemas: { 'com.example.v1.Thing': own, ...more } } } },
    ],
    discovery: [{ metadata: { name: group }, versions: [{ version: 'v1', resources: [resource] }] }],
  };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The same with the keys of every object but those under `properties` in another order. */
function shuffled(value: unknown, order: (a: string, b: string) => number, keep = false): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const ordered = keep ? entries : entries.sort(([a], [b]) => order(a, b));
  return Object.fromEntries(ordered.map(([key, inner]) => [key, shuffled(inner, order, key === 'properties')]));
}

describe('what is generated', () => {
  it('does not depend on the order in which documents, schemas and keywords come', async () => {
    const expected = await generateFiles(served, ownOptions);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(served.documents, { minLength: served.documents.length }),
        async (documents) => {
          const backwards = documents.map((one) => ({
            ...one,
            document: {
              ...one.document,
              components: shuffled(one.document.components ?? {}, (a, b) => (a < b ? 1 : -1)) as object,
            },
          }));
          const files = await generateFiles({ ...served, documents: backwards }, ownOptions);
          expect(files.filter(({ text }, at) => text !== expected[at]?.text).map(({ path }) => path)).toEqual([]);
        },
      ),
      { numRuns: 2, verbose: 1 },
    );
  }, 60_000);

  it('compiles strictly for a user, descriptions included, for the whole API of a server', async () => {
    const described = structuredClone(served);
    for (const { document } of described.documents) {
      for (const schema of Object.values(document.components?.schemas ?? {})) {
        schema.description = 'Ends early: */ export const broken = 1; /*\n\n@internal {@link nowhere}';
      }
    }
    const use = `
      import { Deployment, type Container, Event, Pod, HorizontalPodAutoscaler, TokenReview, Node } from './index.js';
      import { Event as NewEvent } from './events.k8s.io/v1.js';
      const container: Container = { name: 'c', imagePullPolicy: 'Always' };
      export const pod: Pod = { metadata: { name: 'x' }, spec: { containers: [container] } };
      export const deployment: Deployment = { spec: { selector: {}, template: { spec: { containers: [] } } } };
      export const core: '' | string = Event.group + NewEvent.group + HorizontalPodAutoscaler.version + TokenReview.kind;
      export const scopes: ['Namespaced', 'Cluster'] = [Pod.scope, Node.scope];
      // @ts-expect-error a deployment has a selector
      export const noSelector: Deployment = { spec: { template: {} } };
    `;
    const files = await generateFiles(described);
    expect(compile([...files, { path: 'use.ts', text: use }])).toEqual([]);
  }, 60_000);

  it('names what collides with the machinery, with reserved words or with each other', async () => {
    const source = thing(
      {
        properties: {
          metadata: ref('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'),
          a: ref('com.example.v1.ObjectMeta'),
        },
      },
      {
        'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': { type: 'object' },
        'com.example.v1.ObjectMeta': { type: 'object', properties: { own: { type: 'string' } } },
        'com.example.v1.Resource': { type: 'string' },
        'com.example.v1.string': { type: 'object', properties: { x: { type: 'string' } } },
        'com.example.v1.a-b': { type: 'string' },
        'com.example.v1.a_b': { type: 'number' },
        'org.other.v1.Thing': { type: 'object', properties: { other: { type: 'boolean' } } },
      },
    );
    const files = await generateFiles(source, { facts: true });
    expect(compile(files.filter(({ path }) => path.endsWith('.ts')))).toEqual([]);
    const text = files.find(({ path }) => path === 'example.com/v1.ts')?.text ?? '';
    expect(text).toContain('ObjectMeta as KeelsonObjectMeta');
    expect(text).toContain('  metadata?: KeelsonObjectMeta | undefined;\n  a?: ObjectMeta | undefined;');
    expect(text).toContain('export interface org_other_v1_Thing {\n  other?: boolean | undefined;\n}');
    const facts = JSON.parse(files.find(({ path }) => path === 'facts/example.com/v1.json')?.text ?? '');
    expect(facts.schemas.org_other_v1_Thing).toMatchObject({ package: 'org.other.v1', name: 'Thing' });
  });

  it('declares shared machinery nobody wrote by hand where it is used', async () => {
    const source = thing(
      { properties: { patch: ref('io.k8s.apimachinery.pkg.apis.meta.v1.Odd') } },
      { 'io.k8s.apimachinery.pkg.apis.meta.v1.Odd': { type: 'object', properties: { x: { type: 'integer' } } } },
    );
    const text = (await generateFiles(source)).find(({ path }) => path === 'example.com/v1.ts')?.text ?? '';
    expect(text).toContain('  patch?: Odd | undefined;');
    expect(text).toContain('export interface Odd {\n  x?: number | undefined;\n}');
  });

  it('leaves out verbs that no client can ask for', async () => {
    const text = (await generateFiles(thing({}))).find(({ path }) => path === 'example.com/v1.ts')?.text ?? '';
    expect(text).toContain("verbs: ['create', 'get'],");
  });
});

describe('a hostile source', () => {
  it('cannot choose where files go', async () => {
    for (const group of ['../up', '..', '/etc', 'a/b', 'A.b', 'a..b', `${'a'.repeat(300)}`]) {
      await expect(generateFiles(thing({}, {}, group)), group).rejects.toThrow(/no name of an API group/);
    }
  });

  it('cannot refer to files or to other servers', async () => {
    for (const $ref of ['file:///etc/passwd', 'https://evil.example/x.json', 'other.json#/X', '#/paths']) {
      await expect(generateFiles(thing({ properties: { a: { $ref } } })), $ref).rejects.toThrow(/only #\/components/);
    }
    const deep = { properties: { a: { type: 'array', items: { anyOf: [{ $ref: 'file:///etc/passwd' }] } } } };
    await expect(generateFiles(thing(deep))).rejects.toThrow(CodegenError);
  });

  it('cannot make code that does not compile by referring to what is not there', async () => {
    for (const name of ['com.example.v1.Nowhere', 'x.y.v1.Nowhere']) {
      const dangling = generateFiles(thing({ properties: { spec: ref(name) } }));
      await expect(dangling).rejects.toThrow(/^The schema \S*Nowhere is referred to but is in no document$/);
    }
  });

  it('is refused as such, not with whatever went wrong inside, where it is no OpenAPI', async () => {
    const circular = { A: ref('B'), B: ref('A') };
    for (const more of [{ Broken: null }, { Broken: 7, Other: { properties: { a: null } } }, circular]) {
      const broken = generateFiles(thing({}, more as unknown as { [name: string]: OpenApiSchema }));
      await expect(broken).rejects.toThrow('The API of "Test" has a document that is no valid OpenAPI');
      await expect(broken).rejects.toBeInstanceOf(CodegenError);
    }
  });

  it('cannot exhaust the stack by nesting', async () => {
    let schema: OpenApiSchema = { type: 'string' };
    for (let depth = 0; depth < 20_000; depth++) schema = { type: 'array', items: schema };
    await expect(generateFiles(thing({ properties: { a: schema } }))).rejects.toThrow(/nests more than 100 levels/);
  });

  it('cannot reach prototypes by property names', async () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}');
    const files = await generateFiles(thing(schema), { facts: true });
    const text = files.find(({ path }) => path === 'example.com/v1.ts')?.text ?? '';
    expect(text).toContain('__proto__?: string | undefined;\n  constructor?: number | undefined;');
    expect(files.find(({ path }) => path === 'facts/example.com/v1.json')?.text).toContain(
      '"__proto__":{"type":"string"}',
    );
    expect(Object.prototype).not.toHaveProperty('type');
  });

  it('cannot put code into names and strings', async () => {
    const evil = "x'; evil(); '\\\u2028`";
    const source = thing({ properties: { kind: { type: 'string' }, [evil]: { type: 'string', enum: [evil] } } });
    const resource = source.discovery?.[0]?.versions?.[0]?.resources?.[0];
    Object.assign(resource ?? {}, { resource: evil, singularResource: evil, shortNames: [evil] });
    expect(compile(await generateFiles(source))).toEqual([]);
  });
});

describe('optional peers', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.doUnmock('openapi-typescript');
    vi.resetModules();
  });

  it('that are missing are named, with how to install them', async () => {
    vi.doMock('openapi-typescript', () => {
      throw new Error('Cannot find package');
    });
    // Else the packages are found where npx puts them: beside this project's commands.
    vi.stubEnv('PATH', '/usr/bin');
    await expect(generateFiles(thing({}))).rejects.toThrow(
      /openapi-typescript.*npm install --save-dev openapi-typescript.*Beside TypeScript 6 or 7, run: npx --package/,
    );
  });

  it('are found where npx --package put them', async () => {
    vi.doMock('openapi-typescript', () => {
      throw new Error('Cannot find package');
    });
    vi.stubEnv('PATH', join(ROOT, 'node_modules', '.bin'));
    expect((await generateFiles(thing({}))).length).toBeGreaterThan(0);
  });
});

describe('generate', () => {
  it('reads, generates and hands the files back', async () => {
    const index = { paths: { 'apis/example.com/v1': {} } };
    const [one] = thing({ properties: { a: { type: 'string' } } }).documents;
    const answers: { [path: string]: unknown } = {
      '/openapi/v3': index,
      '/openapi/v3/apis/example.com/v1': one?.document,
    };
    const files = await generate({ input: { server: async (path) => answers[path] ?? {} } });
    expect(files.map(({ path }) => path)).toEqual(['example.com/v1.ts', 'index.ts']);
    await expect(generate({ input: { spec: 'no/such/folder' } })).rejects.toThrow(
      /Cannot read no\/such\/folder: it is not there/,
    );
  });
});
