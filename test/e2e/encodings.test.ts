import {
  apiVersionOf,
  type Cluster,
  connect,
  type DynamicObject,
  type KubeObject,
  type Resource,
  type Scope,
} from 'keelson';
import { Namespace } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleBody, sampleName } from './samples.js';
import { generatedVersions, run } from './targets.js';

type Kind = Resource<KubeObject, Scope>;

const kinds: Kind[] = [];
for (const { group, version } of generatedVersions()) {
  const module: Record<string, Kind> = await import(`../../generated/${group || 'core'}/${version}.ts`);
  kinds.push(...Object.values(module).filter(({ verbs }) => verbs.includes('list') && verbs.includes('get')));
}

/** Where both encodings are compared: on the reference server with one object of every kind, on a real one as it is. */
const real = process.env.KEELSON_TEST_KUBECONFIG;
const servers = [
  {
    name: 'reference server',
    reference: true,
    async open() {
      const server = await startServer({ runtimeConfig: 'api/all=true' });
      const inJson = await server.connect({ encoding: 'json' });
      await fill(inJson);
      return { inJson, inProtobuf: await server.connect({ encoding: 'auto' }), close: () => server.close() };
    },
  },
  ...(real === undefined
    ? []
    : [
        {
          name: `cluster of ${real}`,
          reference: false,
          async open() {
            const inJson = await connect({ kubeconfig: real, encoding: 'json' });
            const inProtobuf = await connect({ kubeconfig: real, encoding: 'auto' });
            const close = async () => {
              await inJson.close();
              await inProtobuf.close();
            };
            return { inJson, inProtobuf, close };
          },
        },
      ]),
];

async function fill(cluster: Cluster): Promise<void> {
  const namespace = 'encodings';
  await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  for (const [serial, kind] of kinds.entries()) {
    if (!kind.verbs.includes('create')) continue;
    const name = sampleName(kind.group, kind.kind, serial, run);
    const body = {
      ...sampleBody(kind.group, kind.version, kind.kind, { name, namespace, serial }),
      metadata: { name },
    };
    const client = cluster.dynamic({ apiVersion: apiVersionOf(kind), kind: kind.kind });
    await (kind.scope === 'Namespaced' ? client.in(namespace) : client).create(body);
  }
}

/** By key: a real server lists component statuses in the order in which the components answered it. */
function inOrder(items: readonly DynamicObject[] = []): DynamicObject[] {
  const key = ({ metadata }: DynamicObject) => `${metadata?.namespace}/${metadata?.name}`;
  return [...items].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** Reads the same in both encodings, again while somebody else changes it in between. */
async function untilSame<C, T extends KubeObject>(
  inJson: C | undefined,
  inProtobuf: C | undefined,
  read: (client: C) => Promise<T>,
): Promise<void> {
  if (inJson === undefined || inProtobuf === undefined) throw new Error('there is nothing to read with');
  for (let attempt = 1; ; attempt++) {
    const [a, b] = [await read(inJson), await read(inProtobuf)];
    if (attempt < 5 && a.metadata?.resourceVersion !== b.metadata?.resourceVersion) continue;
    expect(b).toEqual(a);
    return;
  }
}

describe.each(servers)('both encodings on the $name', ({ open, reference }) => {
  let inJson: Cluster;
  let inProtobuf: Cluster;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ inJson, inProtobuf, close } = await open());
  }, 60_000);

  afterAll(() => close());

  it('are spoken', async () => {
    const accept = 'application/vnd.kubernetes.protobuf';
    const { headers } = await inProtobuf.raw({ path: '/api/v1/namespaces', accept });
    expect(headers['content-type']).toBe(accept);
  });

  it.for(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))(
    '%s: list, get and metadata say the same',
    async ([, kind], { skip }) => {
      const served = await inJson.discovery.resources();
      const isServed = served.some(
        ({ group, version, kind: name }) => group === kind.group && version === kind.version && name === kind.kind,
      );
      if (!isServed) skip('this cluster does not serve it');
      const [a, b] = [inJson, inProtobuf].map((cluster) =>
        cluster.dynamic({ apiVersion: apiVersionOf(kind), kind: kind.kind }),
      );
      const listA = await a?.list().all();
      // On a cluster that is at work, the same state has to be asked for by its version.
      const same = listA?.resourceVersion
        ? ({ resourceVersion: listA.resourceVersion, resourceVersionMatch: 'Exact' } as const)
        : {};
      const listB = await b?.list(same).all();
      expect(inOrder(listB?.items)).toEqual(inOrder(listA?.items));
      if (reference && kind.verbs.includes('create')) expect(listA?.items.length).toBeGreaterThan(0);
      for (const { metadata } of listA?.items.slice(0, 3) ?? []) {
        const { name, namespace } = metadata;
        const [one, other] = [a, b].map((client) => (namespace === undefined ? client : client?.in(namespace)));
        await untilSame(one, other, (client) => client.get(name));
        await untilSame(one, other, (client) => client.metadata.get(name));
      }
    },
  );

  it.for(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))(
    '%s: informers keep the same, streamed and listed, whole and metadata alone',
    async ([, kind], { skip }) => {
      const served = await inJson.discovery.resources();
      const isServed = served.some(
        ({ group, version, kind: name }) => group === kind.group && version === kind.version && name === kind.kind,
      );
      if (!isServed || !kind.verbs.includes('watch')) skip('this cluster does not serve it, or no watch of it');
      for (const options of [{ keepManagedFields: true }, { watchList: false }, { metadataOnly: true }]) {
        const informers = [inJson, inProtobuf].map((cluster) => cluster.informer(kind, options));
        await Promise.all(informers.map((informer) => informer.start()));
        const [a, b] = informers.map(
          ({ lister }) => new Map(lister.keys().map((key) => [key, lister.get(key)] as const)),
        );
        for (const informer of informers) await informer.stop();
        if (reference && kind.verbs.includes('create')) expect(a?.size).toBeGreaterThan(0);
        if (reference) expect(b?.size).toBe(a?.size);
        for (const [key, object] of a ?? []) {
          const other = b?.get(key);
          // What has changed in between is another object.
          if (reference || other?.metadata.resourceVersion === object?.metadata.resourceVersion) {
            expect(other).toEqual(object);
          }
        }
      }
    },
  );
});
