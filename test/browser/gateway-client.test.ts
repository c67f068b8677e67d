import { connectGateway, type GatewayState } from 'keelson/browser';
import { Deployment } from 'keelson/k8s/apps/v1';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/util/fake-clock.js';
import { FakeGateway } from './fake-gateway.js';

const flush = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(isSignedOut = async () => false) {
  const [gateway, clock] = [new FakeGateway(), new FakeClock()];
  const client = connectGateway({
    url: 'http://gateway.test/',
    webSocket: gateway.webSocket,
    clock,
    random: () => 0,
    isSignedOut,
  });
  const states: GatewayState[] = [];
  client.subscribe((state) => states.push(state));
  return { gateway, clock, client, states };
}

describe('an action', () => {
  it('waits for the connection, and resolves with the answer', async () => {
    const { gateway, client, states } = start();
    gateway.onClientMessage = (message, answer) => answer({ type: 'result', id: message.id, value: true });
    await client.actions.scale(Deployment, { name: 'web', namespace: 'shop' }, 3);
    expect(gateway.received).toEqual([
      {
        type: 'call',
        id: 1,
        action: 'scale',
        params: { kind: { apiVersion: 'apps/v1', kind: 'Deployment' }, name: 'web', namespace: 'shop', replicas: 3 },
      },
    ]);
    await expect(client.actions.can({ verb: 'get', kind: Deployment })).resolves.toBe(true);
    expect(states).toEqual(['connecting', 'open']);
    client.close();
  });

  it('rejects with the fault of the gateway, and the fields of a conflict', async () => {
    const { gateway, client } = start();
    const fault = { status: 409, reason: 'Conflict', message: 'somebody changed it', fields: ['spec.replicas'] };
    gateway.onClientMessage = (message, answer) => answer({ type: 'fault', id: message.id, fault });
    const edit = client.actions.edit({ metadata: { name: 'web' } }, { metadata: { name: 'web' } });
    await expect(edit).rejects.toMatchObject({ ...fault, name: 'GatewayError', code: 'ERR_KUBE_GATEWAY' });
    client.close();
  });

  it('rejects when the connection is lost under way, and is not sent twice', async () => {
    const { gateway, clock, client } = start();
    const asked = client.actions.me();
    await flush();
    gateway.cut();
    await expect(asked).rejects.toMatchObject({ status: 0, reason: 'ConnectionLost' });
    await clock.advance(20_000);
    expect(gateway.isConnected).toBe(true);
    expect(gateway.received).toHaveLength(1);
    client.close();
    await expect(client.actions.me()).rejects.toMatchObject({ reason: 'ConnectionLost' });
  });

  it('is given up by its signal, which the gateway learns', async () => {
    const { gateway, client } = start();
    const stopping = new AbortController();
    const asked = client.actions.kinds({ signal: stopping.signal });
    await flush();
    stopping.abort(new Error('the page was left'));
    await expect(asked).rejects.toThrow('the page was left');
    expect(gateway.received.at(-1)).toEqual({ type: 'close', id: 1 });
    client.close();
  });
});

describe('a stream', () => {
  it('tells the gateway what has been read, and no more', async () => {
    const { gateway, client } = start();
    const logs = client.logs({ name: 'web', namespace: 'shop', follow: true });
    const first = logs.next();
    await flush();
    expect(gateway.received[0]).toMatchObject({
      type: 'stream',
      stream: 'logs',
      params: { name: 'web', follow: true },
    });
    gateway.send({ type: 'output', id: 1, data: 'one\ntw', from: 'stdout' });
    gateway.send({ type: 'output', id: 1, data: 'o\n', from: 'stdout' });
    await expect(first).resolves.toEqual({ done: false, value: 'one' });
    await expect(logs.next()).resolves.toEqual({ done: false, value: 'two' });
    expect(gateway.received.filter(({ type }) => type === 'read')).toEqual([]);
    const last = logs.next();
    await flush();
    expect(gateway.received.filter(({ type }) => type === 'read')).toEqual([{ type: 'read', id: 1, length: 8 }]);
    gateway.send({ type: 'end', id: 1 });
    await expect(last).resolves.toEqual({ done: true, value: undefined });
    client.close();
  });

  it('carries input, sizes and the exit code of a command', async () => {
    const { gateway, client } = start();
    const shell = client.exec({ name: 'web', namespace: 'shop', command: ['sh'], tty: true });
    await flush();
    shell.write('ls\n');
    shell.resize(80, 24);
    shell.endInput();
    gateway.send({ type: 'output', id: 1, data: 'no such file', from: 'stderr' });
    gateway.send({ type: 'end', id: 1, value: { exitCode: 2 } });
    const seen: unknown[] = [];
    for await (const output of shell) seen.push(output);
    expect(seen).toEqual([{ from: 'stderr', data: 'no such file' }]);
    await expect(shell.end).resolves.toEqual({ exitCode: 2 });
    expect(gateway.received.slice(1)).toEqual([
      { type: 'input', id: 1, data: 'ls\n' },
      { type: 'resize', id: 1, columns: 80, rows: 24 },
      { type: 'input', id: 1, end: true },
    ]);
    client.close();
  });

  it('closes when its loop is left', async () => {
    const { gateway, client } = start();
    const stream = client.attach({ name: 'web', namespace: 'shop' });
    await flush();
    gateway.send({ type: 'output', id: 1, data: 'x', from: 'stdout' });
    for await (const { data } of stream) if (data === 'x') break;
    expect(gateway.received.at(-1)).toEqual({ type: 'close', id: 1 });
    client.close();
  });

  it('fails when the connection is lost', async () => {
    const { gateway, client } = start();
    const logs = client.logs({ name: 'web', namespace: 'shop' });
    const first = logs.next();
    await flush();
    gateway.cut();
    await expect(first).rejects.toMatchObject({ reason: 'ConnectionLost' });
    client.close();
  });
});

describe('the connection', () => {
  it('ends with its signal, and everything on it', async () => {
    const [gateway, clock, stopping] = [new FakeGateway(), new FakeClock(), new AbortController()];
    const { signal } = stopping;
    const client = connectGateway({ url: 'http://gateway.test/', webSocket: gateway.webSocket, clock, signal });
    const asked = client.actions.me();
    await flush();
    stopping.abort();
    await expect(asked).rejects.toMatchObject({ reason: 'ConnectionLost' });
    expect(client.getSnapshot()).toBe('closed');
    expect([gateway.isConnected, clock.pending]).toEqual([false, 0]);
  });

  it('is given up when the gateway is silent and does not answer', async () => {
    const { gateway, clock, client, states } = start();
    client.connect();
    await flush();
    await clock.advance(30_000);
    expect(gateway.received.at(-1)).toMatchObject({ type: 'call', action: 'me' });
    await clock.advance(10_000);
    await clock.advance(1_000);
    expect(gateway.attempts).toBe(2);
    expect(states).toEqual(['connecting', 'open', 'connecting', 'open']);
    client.close();
  });

  it('waits longer after each attempt that failed', async () => {
    const { gateway, clock, client } = start();
    gateway.isUp = false;
    client.connect();
    const attempts: number[] = [];
    for (let second = 0; second < 16; second++) {
      await clock.advance(1_000);
      attempts.push(gateway.attempts);
    }
    expect(attempts[0]).toBe(2);
    expect(attempts.at(-1)).toBeLessThanOrEqual(6);
    client.close();
  });

  it('tries nothing more when the user is signed out, until it is told to', async () => {
    let isSignedOut = true;
    const { gateway, clock, client } = start(async () => isSignedOut);
    gateway.isUp = false;
    const asked = client.actions.me();
    await expect(asked).rejects.toMatchObject({ reason: 'ConnectionLost' });
    expect(client.getSnapshot()).toBe('signed-out');
    await clock.advance(120_000);
    expect(gateway.attempts).toBe(1);
    [gateway.isUp, isSignedOut] = [true, false];
    client.connect();
    await flush();
    expect(client.getSnapshot()).toBe('open');
    client.close();
    expect(clock.pending).toBe(0);
  });
});
