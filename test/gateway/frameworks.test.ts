import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigMap } from '../../generated/core/v1.js';
import type { Gateway } from '../../src/gateway/index.js';
import type { Cluster } from '../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../src/testing/index.js';
import { makeGateway, Site, TestSocket } from './site.js';

let server: LocalServer;
let cluster: Cluster;
beforeAll(async () => {
  server = await startServer({ listen: false });
  cluster = await server.connect();
});
afterAll(() => server.close());

/** Web servers with a gateway under `/k8s`, as each framework mounts it. */
const frameworks: { readonly [name: string]: (gateway: Gateway) => Promise<Server> } = {
  'node:http': async (gateway) => listening(createServer(gateway.node)),
  Hono: async (gateway) => {
    const app = new Hono();
    app.mount('/k8s', gateway.fetch);
    return new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started as Server));
    });
  },
  'Express 5': async (gateway) => {
    const app = express();
    app.use('/k8s', gateway.node);
    return listening(createServer(app));
  },
  'Fastify 5': async (gateway) => {
    const app = fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_, payload, done) => done(null, payload));
    app.all('/k8s/*', (request, reply) => {
      reply.hijack();
      gateway.node(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
};

it.each(Object.keys(frameworks))('answers actions and takes WebSockets behind %s', async (name) => {
  const gateway = makeGateway(cluster, { resources: [ConfigMap] });
  const web = await frameworks[name]?.(gateway);
  if (web === undefined) throw new Error('no such framework');
  web.on('upgrade', gateway.upgrade);
  await using site = Site.over(gateway, web);
  const answer = await site.post({ action: 'me' }, { origin: site.url });
  expect(await answer.json()).toEqual({ value: { user: 'jane', groups: [] } });
  expect((await site.post({ action: 'me' }, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await site.post({ action: 'me' }, { cookie: '' })).status).toBe(401);
  const socket = await site.socket({ headers: { origin: site.url } });
  if (!(socket instanceof TestSocket)) throw new Error(`refused with ${socket}`);
  expect(await socket.call(1, 'me', {})).toMatchObject({ type: 'result', value: { user: 'jane' } });
});

async function listening(web: Server): Promise<Server> {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  expect((web.address() as AddressInfo).port).toBeGreaterThan(0);
  return web;
}
