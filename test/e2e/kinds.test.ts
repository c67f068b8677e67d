import type { AllNamespaces, Cluster, KubeObject, Resource, ResourceClient, Scope } from 'keelson';
import { apiVersionOf, mergePatch } from 'keelson';
import { Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleBody, sampleName } from './samples.js';
import { generatedVersions, run, targets } from './targets.js';

type Kind = Resource<KubeObject, Scope>;

/** Every generated kind that can be created and read back, alpha and beta versions included. */
const kinds: Kind[] = [];
for (const { group, version } of generatedVersions()) {
  const module: Record<string, Kind> = await import(`../../generated/${group || 'core'}/${version}.ts`);
  const stored = Object.values(module).filter(({ verbs }) => verbs.includes('create') && verbs.includes('get'));
  kinds.push(...stored);
}

const isNamespaced = (kind: Kind): kind is Resource<KubeObject, 'Namespaced'> => kind.scope === 'Namespaced';
const isClusterScoped = (kind: Kind): kind is Resource<KubeObject, 'Cluster'> => kind.scope === 'Cluster';

describe('the generated kinds', () => {
  it('are all there', () => {
    expect(kinds.length).toBeGreaterThanOrEqual(80);
    expect(new Set(kinds.map((kind) => `${apiVersionOf(kind)}/${kind.kind}`)).size).toBe(kinds.length);
  });
});

describe.each(targets)('every generated kind on the $name', (target) => {
  const namespace = `e2e-kinds-${run}`;
  let cluster: Cluster;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ cluster, close } = await target.open());
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  });

  afterAll(async () => {
    await cluster.resource(Namespace).delete(namespace);
    await close();
  });

  /** The client of a kind where its test object lives, and the widest client there is for lists and watches. */
  function clients(kind: Kind): { one: ResourceClient; all: ResourceClient | AllNamespaces } {
    if (isClusterScoped(kind)) {
      const client = cluster.resource(kind);
      return { one: client, all: client };
    }
    if (!isNamespaced(kind)) throw new Error(`what scope is ${kind.scope}?`);
    return { one: cluster.resource(kind).in(namespace), all: cluster.resource(kind) };
  }

  it.for(kinds.map((kind, serial) => [`${apiVersionOf(kind)} ${kind.kind}`, kind, serial] as const))(
    '%s: create, get, list, watch, patch, delete',
    async ([, kind, serial], { skip }) => {
      const served = await cluster.discovery.resources();
      const known = served.some(
        (each) => each.kind === kind.kind && each.group === kind.group && each.version === kind.version,
      );
      // Clusters serve the beta and alpha versions that their owners switched on.
      if (!known && !target.reference) skip(`this cluster does not serve ${apiVersionOf(kind)} ${kind.kind}`);
      expect(known).toBe(true);

      const { one, all } = clients(kind);
      const name = sampleName(kind.group, kind.kind, serial, run);
      const labels = { 'keelson.example/e2e': run };
      const body = sampleBody(kind.group, kind.version, kind.kind, { name, namespace, serial });

      const created = await one.create({ ...body, metadata: { name, labels } });
      expect(created).toMatchObject({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, labels } });
      expect(created.metadata.namespace).toBe(kind.scope === 'Namespaced' ? namespace : undefined);
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      const { uid, resourceVersion } = created.metadata;

      const got = await one.get(name);
      expect(got.metadata.uid).toBe(uid);
      expect(got.kind).toBe(kind.kind);

      const { items } = await all.list({ labels }).all();
      const mine = items.filter((object) => object.metadata.uid === uid);
      expect(mine).toHaveLength(1);
      expect(mine[0]).toMatchObject({ apiVersion: apiVersionOf(kind), kind: kind.kind });

      const watch = all.watch({ resourceVersion, labels, timeoutSeconds: 30 })[Symbol.asyncIterator]();
      const patched = await one.patch(
        name,
        mergePatch({ metadata: { annotations: { 'keelson.example/patched': 'yes' } } }),
      );
      expect(patched.metadata.annotations).toMatchObject({ 'keelson.example/patched': 'yes' });
      const gone = one.delete(name, { gracePeriodSeconds: 0 });
      const seen: string[] = [];
      for (;;) {
        const { value: event, done } = await watch.next();
        if (done) break;
        if (event.object.metadata.uid !== uid) continue;
        // A server has its own writes to make to some kinds (the status of a CRD): the suite's come after those.
        const own = event.object.metadata.annotations?.['keelson.example/patched'] === 'yes';
        if (seen.length === 0 && !own && event.type === 'MODIFIED') continue;
        seen.push(event.type);
        const [blocked] = event.object.metadata.finalizers ?? [];
        // What finalizers protect (volumes, jobs, definitions) goes when controllers let it. Without any, the suite does.
        if (event.object.metadata.deletionTimestamp && blocked !== undefined && event.type === 'MODIFIED') {
          await one.patch(name, mergePatch({ metadata: { finalizers: null } })).catch(ignoreNotFound);
        }
        if (event.type === 'DELETED') break;
      }
      await watch.return?.();
      await gone;
      expect(seen[0]).toBe('MODIFIED');
      expect(seen.at(-1)).toBe('DELETED');
      expect(await one.find(name)).toBeUndefined();
    },
  );
});

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof Error && 'isNotFound' in error && error.isNotFound === true) return undefined;
  throw error;
}
