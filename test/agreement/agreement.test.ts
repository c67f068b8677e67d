import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The server loads these for an APIService with a service. Loaded beforehand, none of it is under way when the tests have ended.
import '../../src/server/aggregation/availability.js';
import '../../src/server/aggregation/remote-connections.js';
import '../../src/server/aggregation/remote-proxy.js';
import { TestServer } from '../server/client.js';
import { readAgreement } from './cases.js';
import { comparable } from './comparable.js';
import { converse, prepare, type Send } from './conversation.js';

const kinds = readAgreement();
const admin = { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] };

describe('writes that were once answered otherwise than by kube-apiserver', () => {
  const server = new TestServer({ authenticate: () => admin });
  const send: Send = async (method, path, body, contentType = 'application/json') => {
    const headers = { 'content-type': contentType, 'user-agent': 'agreement/1', accept: 'application/json' };
    const { status, headers: given, body: answer } = await server.ask(method, path, body, headers);
    return { status, warnings: [given.warning ?? []].flat(), body: answer };
  };

  beforeAll(() => prepare(send));
  afterAll(() => server.api.close());

  it('are a thousand at least', () => {
    expect(kinds.reduce((count, { cases }) => count + cases.length, 0)).toBeGreaterThan(1_000);
  });

  it.each(kinds)('$kind: agree', async (kind) => {
    const faults: unknown[] = [];
    await converse(send, kind, (one, answer) => {
      const { answer: expected, ...asked } = one;
      const got = comparable(answer);
      try {
        expect(got).toEqual(expected);
      } catch {
        faults.push({ asked, expected, got });
      }
    });
    expect(faults).toEqual([]);
  });
});
