import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { configMap, configMaps, TestServer } from '../client.js';

async function withConfigMaps(count: number, storage = new MemoryStorage()): Promise<TestServer> {
  const server = new TestServer({ storage });
  for (let i = 0; i < count; i++) {
    await server.ask('POST', configMaps, configMap(`c${String(i).padStart(3, '0')}`, { data: { i: String(i) } }));
  }
  return server;
}

const names = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name);

describe('listing', () => {
  it('pages through one consistent state, whatever is written meanwhile', async () => {
    const server = await withConfigMaps(7);
    const seen: string[] = [];
    let token = '';
    for (let page = 0; ; page++) {
      const { body } = await server.ask('GET', `${configMaps}?limit=3&continue=${token}`);
      seen.push(...names(body));
      expect(body.metadata.remainingItemCount).toBe([4, 1, undefined][page]);
      if (body.metadata.continue === undefined) break;
      token = body.metadata.continue;
      await server.ask('POST', configMaps, configMap(`new${page}`));
      await server.ask('DELETE', `${configMaps}/c005`);
    }
    expect(seen).toEqual(['c000', 'c001', 'c002', 'c003', 'c004', 'c005', 'c006']);
  });

  it('says 410 with a token to go on with when the state of the first page is gone', async () => {
    const storage = new MemoryStorage();
    const server = await withConfigMaps(5, storage);
    const { body } = await server.ask('GET', `${configMaps}?limit=2`);
    await server.ask('POST', configMaps, configMap('later'));
    await storage.compact(await storage.revision());
    const gone = await server.ask('GET', `${configMaps}?limit=2&continue=${body.metadata.continue}`);
    expect(gone.status).toBe(410);
    expect(gone.body.reason).toBe('Expired');
    const rest = await server.ask('GET', `${configMaps}?continue=${gone.body.metadata.continue}`);
    expect(names(rest.body)).toEqual(['c002', 'c003', 'c004', 'later']);
  });

  it('refuses tokens that would lead out of the collection', async () => {
    const server = await withConfigMaps(1);
    const token = Buffer.from(
      JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: '/../../secrets/default/' }),
    ).toString('base64url');
    expect((await server.ask('GET', `${configMaps}?continue=${token}`)).status).toBe(400);
  });

  it('refuses tokens and versions that are no revisions, without waiting for them', async () => {
    const server = await withConfigMaps(1);
    for (const rv of [1.5, 1e300, '7', null, 0]) {
      const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: '/a' })).toString('base64url');
      expect((await server.ask('GET', `${configMaps}?continue=${token}`)).status).toBe(400);
    }
    const { status, body } = await server.ask('GET', `${configMaps}?resourceVersion=99999999999999999999`);
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message:
        'invalid resource version: resourceVersion: Invalid value: "99999999999999999999": ' +
        'strconv.ParseUint: parsing "99999999999999999999": value out of range',
    });
  });

  it('waits for a version that is about to come, even where the write falls into the asking', async () => {
    const storage = new MemoryStorage();
    const server = await withConfigMaps(1, storage);
    const now = await storage.revision();
    const revision = storage.revision.bind(storage);
    let asked = 0;
    storage.revision = async () => {
      const current = await revision();
      if (asked++ === 0)
        await storage.put('/registry/configmaps/default/new', Buffer.from('{"metadata":{"name":"new"}}'), 0);
      return current;
    };
    const { status, body } = await server.ask('GET', `${configMaps}?resourceVersion=${now + 1}`);
    expect({ status, names: names(body) }).toEqual({ status: 200, names: ['c000', 'new'] });
  });

  it('selects by label and field, and says which fields cannot be selected by', async () => {
    const server = await withConfigMaps(2);
    await server.ask('POST', configMaps, { metadata: { name: 'x', labels: { tier: 'web', env: 'dev' } } });
    const select = async (query: string) => (await server.ask('GET', `${configMaps}?${query}`)).body;
    expect(names(await select('labelSelector=tier%20in%20(web,db),env!%3Dprod'))).toEqual(['x']);
    expect(names(await select('labelSelector=!tier'))).toEqual(['c000', 'c001']);
    expect(names(await select('fieldSelector=metadata.name%3Dx'))).toEqual(['x']);
    expect((await select('fieldSelector=data.i%3D1')).message).toContain('is not a known field selector');
    expect((await select('labelSelector=a%3D%3D%3D')).reason).toBe('BadRequest');
  });

  it('streams a list that is large, chunk by chunk, as one document', async () => {
    const server = new TestServer();
    for (let i = 0; i < 40; i++)
      await server.ask('POST', configMaps, configMap(`big${i}`, { data: { a: 'x'.repeat(20_000) } }));
    const { body } = await server.raw('GET', configMaps);
    expect(body).not.toBeInstanceOf(Uint8Array);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(JSON.parse(Buffer.concat(chunks).toString()).items).toHaveLength(40);
  });

  it('gives tables and metadata to those who ask for them', async () => {
    const server = await withConfigMaps(1);
    const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` });
    const table = await server.ask('GET', configMaps, undefined, as('Table'));
    expect(table.body.columnDefinitions.map((one: { name: string }) => one.name)).toEqual(['Name', 'Data', 'Age']);
    expect(table.body.rows[0].cells.slice(0, 2)).toEqual(['c000', 1]);
    const partial = await server.ask('GET', configMaps, undefined, as('PartialObjectMetadataList'));
    expect(partial.body.items[0]).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'c000' } });
    expect(partial.body.items[0].data).toBeUndefined();
    expect((await server.ask('GET', configMaps, undefined, { accept: 'text/html' })).status).toBe(406);
  });
});

describe('paths', () => {
  it('that lead nowhere are told apart: unknown groups, kinds and methods', async () => {
    const server = new TestServer();
    expect(await server.ask('GET', '/apis/no.such.group/v1/things')).toMatchObject({
      status: 404,
      body: '404 page not found\n',
    });
    expect((await server.ask('GET', '/apis/apps/v1/nope')).body.reason).toBe('NotFound');
    expect((await server.ask('GET', '/apis/apps/v2/deployments')).body.reason).toBe('NotFound');
    expect((await server.ask('PUT', configMaps, {})).status).toBe(405);
    expect((await server.ask('GET', '/api/v1/pods/x')).status).toBe(404);
    expect((await server.ask('GET', '/api/v1/namespaces/default/configmaps/%zz')).status).toBe(400);
    for (const path of ['//api/v1/pods', '/api//v1/pods', '/api/v1//pods', '/api/v1/namespaces/default//pods']) {
      expect({ path, status: (await server.ask('GET', path)).status }).toEqual({ path, status: 404 });
    }
    // As kube-apiserver has it, no namespace means all of them.
    expect((await server.ask('GET', '/api/v1/namespaces//pods')).body.kind).toBe('PodList');
  });

  it('are decoded before they are split, so that an escaped slash is a slash and a name never holds one', async () => {
    const server = await withConfigMaps(1);
    expect(names((await server.ask('GET', '/api/v1/namespaces/default%2Fconfigmaps')).body)).toEqual(['c000']);
    expect((await server.ask('GET', `${configMaps}/c000%2F`)).body.metadata.name).toBe('c000');
    expect((await server.ask('GET', `${configMaps}/..%2Fc000`)).status).toBe(404);
    expect((await server.ask('GET', `${configMaps}/`)).status).toBe(200);
  });

  it('serve stable versions only, unless told otherwise', async () => {
    const path = '/apis/coordination.k8s.io/v1beta1';
    expect((await new TestServer().ask('GET', path)).status).toBe(404);
    expect((await new TestServer({ runtimeConfig: 'api/all=true' }).ask('GET', path)).status).toBe(200);
    expect((await new TestServer({ runtimeConfig: 'coordination.k8s.io/v1beta1=true' }).ask('GET', path)).status).toBe(
      200,
    );
  });

  it('refuses streams before it asks the node', async () => {
    const server = new TestServer();
    const pods = '/api/v1/namespaces/default/pods';
    const make = (name: string, names: string[], more: object = {}) =>
      server.ask('POST', pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { serviceAccountName: 'default', containers: names.map((one) => ({ name: one, image: 'i' })), ...more },
      });
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    await make('one', ['main'], { initContainers: [{ name: 'first', image: 'i' }] });
    await make('two', ['a', 'b'], { nodeName: 'n' });
    const refused = async (path: string) => {
      const { status, body } = await server.ask('POST', `${pods}/${path}`);
      return [status, body.message];
    };
    expect(await refused('none/exec?command=date')).toEqual([404, 'pods "none" not found']);
    expect(await refused('one/exec?container=other')).toEqual([400, 'container other is not valid for pod one']);
    expect(await refused('one/attach')).toEqual([400, 'pod one does not have a host assigned']);
    expect(await refused('two/exec')).toEqual([
      400,
      'a container name must be specified for pod two, choose one of: [a b]',
    ]);
    expect(await refused('two/portforward')).toEqual([404, 'pods "n" not found']);
    expect((await server.ask('GET', `${pods}/one/log`)).status).toBe(204);
  });
});
