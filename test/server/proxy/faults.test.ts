import { once } from 'node:events';
import { createServer as createHttps, request as httpsRequest, type Server } from 'node:https';
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { localCertificate } from 'keelson/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Dial } from '../../../src/server/object/backends.js';
import { dialTcp } from '../../../src/server/outbound/dial-tcp.js';
import { systemClock } from '../../../src/util/clock.js';
import { ProxiedCluster, tokens } from '../../helpers/streams/proxied-cluster.js';

const pod = '/api/v1/namespaces/hs/pods/single';
const kubelet = '10.88.0.1:10250';

/** A way in which the connection to a kubelet fails, and what the server says of it. */
interface Fault {
  readonly name: string;
  readonly why: string;
  readonly dial: Dial;
}

const reset = createServer((socket) => void socket.once('data', () => socket.destroy()));
const garbage = createServer((socket) => void socket.once('data', () => socket.end('not TLS at all\r\n')));
const silent = createServer(() => {});
const scripted = scriptedKubelet();

const to =
  (server: TcpServer | Server): Dial =>
  (_address, signal) =>
    dialTcp({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, signal);

const faults: readonly Fault[] = [
  {
    name: 'refuses',
    why: `dial tcp ${kubelet}: connect: connection refused`,
    dial: (_address, signal) => dialTcp({ host: '127.0.0.1', port: 1 }, signal),
  },
  { name: 'resets', why: 'EOF', dial: to(reset) },
  { name: 'speaks something else', why: 'tls: first record does not look like a TLS handshake', dial: to(garbage) },
  { name: 'says nothing', why: `dial tcp ${kubelet}: i/o timeout`, dial: to(silent) },
  {
    name: 'is never reached',
    why: `dial tcp ${kubelet}: i/o timeout`,
    dial: (_address, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  },
];

/** A kubelet that answers, and fails later: by the name of the container. */
function scriptedKubelet(): Server {
  const { cert, key } = localCertificate();
  const server = createHttps({ cert, key }, async (request, response) => {
    response.writeHead(200);
    const isCut = request.url?.includes('sinceSeconds=1') === true;
    for (const byte of 'a line that drips\n') {
      response.write(byte);
      await new Promise((resolve) => systemClock.setTimer(5, () => resolve(undefined)));
      if (isCut) return void request.socket.destroy();
    }
    response.end();
  });
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
    socket.write('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
    systemClock.setTimer(20, () => void socket.destroy());
  });
  return server;
}

beforeAll(async () => {
  for (const server of [reset, garbage, silent, scripted]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const server of [reset, garbage, silent, scripted]) server.close();
});

async function answerTo(
  url: string,
  headers: { [name: string]: string } = {},
): Promise<{ status?: number | undefined; message: string }> {
  const sent = httpsRequest(url, {
    headers: { authorization: `Bearer ${tokens.admin}`, ...headers },
    rejectUnauthorized: false,
  });
  sent.end();
  const [response] = await once(sent, 'response');
  const body = await text(response);
  return { status: response.statusCode, message: JSON.parse(body).message };
}

const webSocket = (protocol: string): { [name: string]: string } => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': protocol,
});
const spdy = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

describe.each(faults)('a kubelet that $name', ({ why, dial }) => {
  let cluster: ProxiedCluster;
  beforeAll(async () => {
    cluster = await ProxiedCluster.start({ dialKubelet: dial, takesWebSockets: false, kubelet: { timeoutMs: 300 } });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  it('fails a log, a proxy and every upgrade with the answer of kube-apiserver', async () => {
    const { url } = cluster;
    expect(await answerTo(`${url}${pod}/log`)).toEqual({
      status: 500,
      message: `Get "https://${kubelet}/containerLogs/hs/single/main": ${why}`,
    });
    const proxied = { status: 503, message: `error trying to reach service: ${why}` };
    expect(await answerTo(`${url}/api/v1/nodes/node-a/proxy/healthz`)).toEqual(proxied);
    const undialled = { status: 500, message: `error dialing backend: ${why}` };
    expect(await answerTo(`${url}${pod}/exec?command=true&stdout=1`, spdy)).toEqual(undialled);
    expect(await answerTo(`${url}${pod}/attach?stdout=1`, webSocket('v4.channel.k8s.io'))).toEqual(undialled);
    const tunnel = webSocket('SPDY/3.1+portforward.k8s.io');
    expect(await answerTo(`${url}${pod}/portforward`, tunnel)).toEqual(undialled);
    expect(await answerTo(`${url}/api/v1/nodes/node-a/proxy/x`, webSocket('any'))).toEqual(undialled);
  });

  it('fails a translated command with a Status', async () => {
    const url = `${cluster.url.replace('https', 'wss')}${pod}/exec?command=true&stdout=1`;
    const headers = { authorization: `Bearer ${tokens.admin}` };
    const socket = new WebSocket(url, ['v5.channel.k8s.io'], { headers, rejectUnauthorized: false });
    const messages: Buffer[] = [];
    socket.on('message', (data: Buffer) => messages.push(data));
    const [code] = await once(socket, 'close');
    const last = messages.at(-1) ?? Buffer.alloc(1);
    expect([code, last[0], JSON.parse(last.subarray(1).toString())]).toMatchObject([
      1000,
      3,
      { status: 'Failure', reason: 'InternalError', message: expect.stringContaining(why) },
    ]);
  });
});

describe('a kubelet that answers and then fails', () => {
  let cluster: ProxiedCluster;
  beforeAll(async () => {
    cluster = await ProxiedCluster.start({ dialKubelet: to(scripted) });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const log = async (query: string): Promise<string> => {
    const headers = { authorization: `Bearer ${tokens.admin}` };
    const sent = httpsRequest(`${cluster.url}${pod}/log${query}`, { headers, rejectUnauthorized: false });
    sent.end();
    const [response] = await once(sent, 'response');
    return text(response);
  };

  it('passes a log that drips as it comes', async () => {
    expect(await log('')).toBe('a line that drips\n');
  });

  it('cuts a log that is cut, so that it does not look whole', async () => {
    await expect(log('?sinceSeconds=1')).rejects.toThrow('aborted');
  });

  it('ends an upgraded connection that is cut', async () => {
    const headers = { authorization: `Bearer ${tokens.admin}`, ...webSocket('v4.channel.k8s.io') };
    const sent = httpsRequest(`${cluster.url}${pod}/exec?command=true&stdout=1`, {
      headers,
      rejectUnauthorized: false,
    });
    sent.end();
    const [, socket] = await once(sent, 'upgrade');
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'close');
  });
});
