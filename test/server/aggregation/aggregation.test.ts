import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApiServerOptions } from '../../../src/server/index.js';
import { listen } from '../../../src/server/listener.js';
import { localCertificate } from '../../../src/testing/index.js';
import { makeCertificate } from '../../../src/x509/certificate.js';
import { type Answer, TestServer } from '../client.js';

const pki = localCertificate(['widgets.shop.svc']);
const resources = [
  { name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget', verbs: ['get', 'list', 'watch'] },
  { name: 'widgets/status', singularName: '', namespaced: true, kind: 'Widget', verbs: ['get'] },
];

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let remote: Server;
let port = 0;
let seen: Seen[] = [];
let answers: { [path: string]: (response: ServerResponse) => void } = {};
const json = (value: object) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
};

beforeAll(async () => {
  remote = createServer({ cert: pki.cert, key: pki.key }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body });
    const answer = answers[url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  port = (remote.address() as AddressInfo).port;
});
afterAll(() => {
  remote.closeAllConnections();
  remote.close();
});

let server: TestServer;
let reachable = true;
afterEach(() => server.api.close());

const apiService = (spec: object = {}) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.widgets.example' },
  spec: {
    group: 'widgets.example',
    version: 'v1',
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    service: { namespace: 'shop', name: 'widgets', port: 443 },
    caBundle: Buffer.from(pki.ca).toString('base64'),
    ...spec,
  },
});
const services = '/api/v1/namespaces/shop/services';
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'widgets' }, spec });
const clusterIp = service({ ports: [{ name: 'https', port: 443 }] });
const slices = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';
const slice = (ready: boolean) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'widgets-1', labels: { 'kubernetes.io/service-name': 'widgets' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready } }],
  ports: [{ name: 'https', port: 8443 }],
});
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';

/** Starts a server that reaches every service at the remote server. */
async function start(options: ApiServerOptions = {}): Promise<void> {
  seen = [];
  answers = {
    '/apis/widgets.example/v1': json({ kind: 'APIResourceList', groupVersion: 'widgets.example/v1', resources }),
    '/openapi/v3': json({
      paths: { 'apis/widgets.example/v1': { serverRelativeURL: '/openapi/v3/apis/widgets.example/v1?hash=x' } },
    }),
  };
  server = new TestServer({ aggregation: { resolveService: async () => ({ host: '127.0.0.1', port }) }, ...options });
  await server.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
}

async function condition(): Promise<Answer> {
  const { body } = await server.ask('GET', `${apiServices}/v1.widgets.example`);
  const [found] = body.status?.conditions ?? [];
  return found;
}

async function waitFor(reason: string): Promise<Answer> {
  return vi.waitFor(async () => {
    const found = await condition();
    expect(found?.reason).toBe(reason);
    return found;
  }, 10_000);
}

/** Starts a server with an available API. */
async function startAvailable(options: ApiServerOptions = {}): Promise<void> {
  await start(options);
  await server.ask('POST', services, service({ type: 'ExternalName', externalName: 'localhost' }));
  await server.ask('POST', apiServices, apiService());
  await waitFor('Passed');
  seen = [];
}

describe('the condition Available of an APIService', () => {
  it('names what is missing, until all checks pass', async () => {
    await start();
    await server.ask('POST', apiServices, apiService());
    expect(await waitFor('ServiceNotFound')).toMatchObject({
      type: 'Available',
      status: 'False',
      message: 'service/widgets in "shop" is not present',
    });
    await server.ask('POST', services, service({ ports: [{ name: 'other', port: 80 }] }));
    expect((await waitFor('ServicePortError')).message).toBe('service/widgets in "shop" is not listening on port 443');
    await server.ask('DELETE', `${services}/widgets`);
    await server.ask('POST', services, clusterIp);
    expect((await waitFor('EndpointsNotFound')).message).toBe(
      'cannot find endpointslices for service/widgets in "shop"',
    );
    await server.ask('POST', slices, slice(false));
    const missing = 'endpointslices for service/widgets in "shop" have no addresses with port name "https"';
    expect((await waitFor('MissingEndpoints')).message).toBe(missing);
    await server.ask('PUT', `${slices}/widgets-1`, slice(true));
    expect(await waitFor('Passed')).toMatchObject({ status: 'True', message: 'all checks passed' });
    const asked = seen.find(({ url }) => url === '/apis/widgets.example/v1');
    expect(asked?.headers).toMatchObject({
      'x-remote-user': 'system:kube-aggregator',
      'x-remote-group': 'system:masters',
    });
  });

  it('is False while discovery fails', async () => {
    await start();
    answers = { '/apis/widgets.example/v1': (response) => void response.writeHead(500).end() };
    await server.ask('POST', services, service({ type: 'ExternalName', externalName: 'localhost' }));
    await server.ask('POST', apiServices, apiService());
    const url = `https://127.0.0.1:${port}/apis/widgets.example/v1`;
    const message = `failing or missing response from ${url}: bad status from ${url}: 500`;
    expect(await waitFor('FailedDiscoveryCheck')).toMatchObject({ status: 'False', message });
    const { status, body } = await server.ask('GET', '/apis/widgets.example/v1/widgets');
    expect([status, body]).toEqual([503, 'service unavailable\n']);
  });

  it('is False for a certificate that the caBundle does not vouch for', async () => {
    await start();
    await server.ask('POST', services, service({ type: 'ExternalName', externalName: 'localhost' }));
    const other = localCertificate(['widgets.shop.svc']).ca;
    await server.ask('POST', apiServices, apiService({ caBundle: Buffer.from(other).toString('base64') }));
    expect((await waitFor('FailedDiscoveryCheck')).message).toContain('x509: certificate signed by unknown authority');
  });
});

describe('a request to an aggregated API', () => {
  it('is passed on with the user, and without credentials', async () => {
    await startAvailable();
    const path = '/apis/widgets.example/v1/namespaces/shop/widgets?dryRun=All';
    answers[path] = (response) => {
      response.setHeaders(
        new Map<string, string | string[]>([
          ['content-type', 'application/json'],
          ['warning', ['299 - "one"', '299 - "two"']],
          ['x-own', 'y'],
        ]),
      );
      response.statusCode = 201;
      response.end('{"kind":"Widget"}');
    };
    const user = {
      username: 'jané',
      uid: 'u1',
      groups: ['system:masters', 'devs'],
      extra: { 'example.org/a%b': ['x'] },
    };
    const response = await server.api.handle({
      method: 'POST',
      path,
      headers: {
        authorization: 'Bearer secret',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'content-type': 'application/json',
        'x-remote-user': 'admin',
        'x-remote-extra-scopes': 'all',
        'user-agent': 'curl/8',
      },
      body: new TextEncoder().encode('{"a":1}'),
      remoteAddress: '127.0.0.9',
      user,
    });
    let text = '';
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(chunk);
    expect(response).toMatchObject({ status: 201, headers: { warning: ['299 - "one"', '299 - "two"'], 'x-own': 'y' } });
    expect(text).toBe('{"kind":"Widget"}');
    const asked = seen.find(({ url }) => url === path);
    expect(asked).toMatchObject({ method: 'POST', url: path, body: '{"a":1}' });
    expect(asked?.headers).toMatchObject({
      'x-remote-user': Buffer.from('jané').toString('latin1'),
      'x-remote-uid': 'u1',
      'x-remote-group': 'system:masters, devs',
      'x-remote-extra-example.org%2fa%25b': 'x',
      'x-forwarded-for': '127.0.0.9',
      'user-agent': 'curl/8',
    });
    for (const name of ['authorization', 'x-hop', 'x-remote-extra-scopes'])
      expect(asked?.headers).not.toHaveProperty(name);
  });

  it('is authorized by this server', async () => {
    await startAvailable();
    const headers = { 'impersonate-user': 'jane' };
    const { status } = await server.ask('GET', '/apis/widgets.example/v1/widgets', undefined, headers);
    expect(status).toBe(403);
    expect(seen.map(({ url }) => url)).not.toContain('/apis/widgets.example/v1/widgets');
  });

  it('may be a watch, whose events come one by one, and which ends with its client', async () => {
    await startAvailable();
    let stream: ServerResponse | undefined;
    answers['/apis/widgets.example/v1/widgets?watch=1'] = (response) => {
      stream = response;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"type":"ADDED"}\n');
    };
    const response = await server.raw('GET', '/apis/widgets.example/v1/widgets?watch=1');
    const chunks = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const next = async () => new TextDecoder().decode((await chunks.next()).value);
    expect(await next()).toBe('{"type":"ADDED"}\n');
    stream?.write('{"type":"DELETED"}\n');
    expect(await next()).toBe('{"type":"DELETED"}\n');
    const closed = once(stream as ServerResponse, 'close');
    await chunks.return?.();
    await closed;
  });

  it('gets 503 when the server cannot be reached', async () => {
    await startAvailable({
      aggregation: { resolveService: async () => ({ host: '127.0.0.1', port: reachable ? port : 1 }) },
    });
    reachable = false;
    const { status, body } = await server.ask('GET', '/apis/widgets.example/v1/widgets');
    reachable = true;
    const why = 'error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused\n';
    expect([status, body]).toEqual([503, why]);
  });
});

describe('discovery', () => {
  it('lists aggregated groups, and passes on their resources', async () => {
    await startAvailable();
    const { body: groups } = await server.ask('GET', '/apis');
    const version = { groupVersion: 'widgets.example/v1', version: 'v1' };
    const entry = { name: 'widgets.example', versions: [version], preferredVersion: version };
    expect(groups.groups.at(-1)).toEqual(entry);
    const { body: group } = await server.ask('GET', '/apis/widgets.example');
    expect(group).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...entry });
    expect((await server.ask('GET', '/apis/widgets.example/v1')).body.resources).toEqual(resources);
    expect((await server.ask('GET', '/')).body.paths).toContain('/apis/widgets.example/v1');
  });

  it('has them in the aggregated form, from whichever form their server has', async () => {
    await startAvailable();
    const accept = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
    const last = async () => (await server.ask('GET', '/apis', undefined, accept)).body.items.at(-1);
    await vi.waitFor(async () => expect((await last()).versions[0].resources).toHaveLength(1));
    expect(await last()).toEqual({
      metadata: { name: 'widgets.example' },
      versions: [
        {
          version: 'v1',
          resources: [
            {
              resource: 'widgets',
              responseKind: { group: '', version: '', kind: 'Widget' },
              scope: 'Namespaced',
              singularResource: 'widget',
              verbs: ['get', 'list', 'watch'],
              subresources: [
                { subresource: 'status', responseKind: { group: '', version: '', kind: 'Widget' }, verbs: ['get'] },
              ],
            },
          ],
          freshness: 'Current',
        },
      ],
    });
    await server.ask('DELETE', `${apiServices}/v1.widgets.example`);
    expect((await last()).metadata.name).not.toBe('widgets.example');
    expect((await server.ask('GET', '/apis/widgets.example/v1/widgets')).status).toBe(404);
  });

  it('has their OpenAPI documents', async () => {
    await startAvailable();
    const url = '/openapi/v3/apis/widgets.example/v1?hash=x';
    answers[url] = json({ openapi: '3.0.0' });
    await vi.waitFor(async () => {
      const { body } = await server.ask('GET', '/openapi/v3');
      expect(body.paths['apis/widgets.example/v1']).toEqual({ serverRelativeURL: url });
    });
    expect((await server.ask('GET', url)).body).toEqual({ openapi: '3.0.0' });
  });
});

describe('OpenAPI v2 and the order of discovery', () => {
  it('include the paths of the other server', async () => {
    await start();
    answers['/openapi/v2'] = json({
      paths: { '/apis/widgets.example/v1/widgets': { get: { description: 'list widgets' } }, '/api/v1/pods': {} },
    });
    await server.ask('POST', services, service({ type: 'ExternalName', externalName: 'localhost' }));
    await server.ask('POST', apiServices, apiService());
    await vi.waitFor(async () => {
      const { paths } = (await server.ask('GET', '/openapi/v2')).body;
      expect(paths['/apis/widgets.example/v1/widgets']).toEqual({ get: { description: 'list widgets' } });
      expect(paths['/api/v1/pods']).toHaveProperty('get');
    });
    await server.ask('DELETE', `${apiServices}/v1.widgets.example`);
    const { paths } = (await server.ask('GET', '/openapi/v2')).body;
    expect(paths['/apis/widgets.example/v1/widgets']).toBeUndefined();
  });

  it('lists groups by priority', async () => {
    await start();
    await server.ask('POST', apiServices, apiService({ groupPriorityMinimum: 17_750 }));
    const names = async (accept?: string) => {
      const { body } = await server.ask('GET', '/apis', undefined, accept === undefined ? {} : { accept });
      return (body.groups ?? body.items).map((group: Answer) => group.name ?? group.metadata.name).slice(0, 5);
    };
    const wanted = ['apiregistration.k8s.io', 'apps', 'events.k8s.io', 'widgets.example', 'authentication.k8s.io'];
    await vi.waitFor(async () => expect(await names()).toEqual(wanted));
    expect(await names('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')).toEqual(wanted);
  });
});

describe('upgrades of connections to an aggregated API', () => {
  /** Asks for an upgrade, sends a text after it, and returns all that comes back. */
  async function upgrade(port: number, text: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'GET /apis/widgets.example/v1/namespaces/a/widgets/w/attach HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n' +
        `Upgrade: SPDY/3.1\r\nAuthorization: Bearer secret\r\nX-Remote-User: root\r\n\r\n${text}`,
    );
    let all = '';
    for await (const chunk of socket) all += String(chunk);
    return all;
  }

  it('pass through, on behalf of the user, and so does a refusal', async () => {
    await startAvailable();
    const listener = await listen(server.api);
    expect(await upgrade(listener.port, '')).toMatch(/^HTTP\/1\.1 404 Not Found/);
    let asked: IncomingHttpHeaders = {};
    remote.once('upgrade', (request, socket) => {
      asked = request.headers;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      socket.once('data', (chunk: Buffer) => socket.end(`echo ${chunk}`));
    });
    const answer = await upgrade(listener.port, 'hello');
    expect(answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY\/3\.1\r\n/);
    expect(answer).toMatch(/echo hello$/);
    expect(asked).toMatchObject({ connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-remote-user': 'system:unsecured' });
    expect(asked).not.toHaveProperty('authorization');
    await listener.close();
  });
});

describe('the client certificate of the aggregator', () => {
  it('is shown to the other server', async () => {
    const made = { now: Date.now(), serial: randomBytes(8) };
    const ca = makeCertificate({ commonName: 'proxy-ca', use: 'ca', ...made });
    const client = makeCertificate({ commonName: 'front-proxy', use: 'client', ...made }, ca);
    let shown: string | undefined;
    const mutual = createServer(
      { cert: pki.cert, key: pki.key, ca: ca.certificate, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        shown = String((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
        json({ kind: 'APIResourceList', resources })(response);
      },
    );
    mutual.listen(0, '127.0.0.1');
    await once(mutual, 'listening');
    const { port: own } = mutual.address() as AddressInfo;
    const proxyClient = { certificate: client.certificate, key: client.privateKey };
    await start({ aggregation: { proxyClient, resolveService: async () => ({ host: '127.0.0.1', port: own }) } });
    await server.ask('POST', services, service({ type: 'ExternalName', externalName: 'localhost' }));
    await server.ask('POST', apiServices, apiService());
    await waitFor('Passed');
    expect(shown).toBe('front-proxy');
    await server.api.close();
    mutual.closeAllConnections();
    mutual.close();
  });
});
