import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.js';
import { NetworkError } from '../../src/errors/index.js';
import { FailoverTransport } from '../../src/transport/failover-transport.js';
import { networkError } from '../../src/transport/network-error.js';
import type { Transport, TransportRequest } from '../../src/transport/transport.js';

const get: TransportRequest = { method: 'GET', path: '/api', kind: 'unary' };
const refused = () => networkError(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), get, false);
const broken = () => networkError(Object.assign(new Error('no'), { code: 'ECONNRESET' }), get, true);

/** Servers that note who was asked. `fault` returns the error of a server. */
function servers(fault: (name: string) => Error | undefined) {
  const asked: string[] = [];
  const server = (name: string): Transport => ({
    send: async () => {
      asked.push(name);
      const error = fault(name);
      if (error !== undefined) throw error;
      return {
        status: 200,
        headers: { name },
        body: { bytes: async () => new Uint8Array(), consume: async () => {}, cancel() {} },
      };
    },
    close: async () => void asked.push(`close ${name}`),
  });
  return { asked, transport: new FailoverTransport([server('a'), server('b'), server('c')]) };
}

it('sends everything to one server while it answers, and a request that was not sent to the next one at once', async () => {
  let down = '';
  const { asked, transport } = servers((name) => (down.includes(name) ? refused() : undefined));
  await transport.send(get);
  down = 'ab';
  await transport.send({ ...get, method: 'POST' });
  down = '';
  await transport.send(get);
  expect(asked).toEqual(['a', 'a', 'b', 'c', 'c']);
});

it('never sends a request twice whose fate is unknown, and gives up when no server answers', async () => {
  let fault: () => Error = broken;
  const { asked, transport } = servers((name) => (name === 'a' || fault === refused ? fault() : undefined));
  await expect(transport.send({ ...get, method: 'POST' })).rejects.toBeInstanceOf(NetworkError);
  await transport.send(get);
  expect(asked).toEqual(['a', 'b']);
  fault = refused;
  await expect(transport.send(get)).rejects.toBeInstanceOf(NetworkError);
  expect(asked).toEqual(['a', 'b', 'b', 'c', 'a']);
  await transport.close();
  expect(asked.slice(5)).toEqual(['close a', 'close b', 'close c']);
});

it('takes the addresses from the options, and refuses those that cannot belong together', async () => {
  const env = {};
  const config = await resolveConfig({ servers: ['https://a.test:6443', 'https://b.test:6443'], env });
  expect([config.server, config.servers]).toEqual([
    'https://a.test:6443',
    ['https://a.test:6443', 'https://b.test:6443'],
  ]);
  await expect(resolveConfig({ servers: [], env })).rejects.toThrow('is empty');
  await expect(resolveConfig({ servers: ['https://a.test'], server: 'https://b.test', env })).rejects.toThrow(
    'contradict',
  );
  await expect(resolveConfig({ servers: ['https://a.test', 'http://b.test'], env })).rejects.toThrow('use one of them');
});
