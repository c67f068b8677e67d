import { apiVersionOf, type Cluster, connect, type KubeObject, type Resource, type Scope } from 'keelson';
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
      const [listA, listB] = [await a?.list().all(), await b?.list().all()];
      expect(listB?.items).toEqual(listA?.items);
      if (reference && kind.verbs.includes('create')) expect(listA?.items.length).toBeGreaterThan(0);
      for (const { metadata } of listA?.items.slice(0, 3) ?? []) {
        const { name, namespace } = metadata;
        const [one, other] = [a, b].map((client) => (namespace === undefined ? client : client?.in(namespace)));
        expect(await other?.get(name)).toEqual(await one?.get(name));
        expect(await other?.metadata.get(name)).toEqual(await one?.metadata.get(name));
      }
    },
  );
});
