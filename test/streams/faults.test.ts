import { connect, isNetworkError, isTimeoutError } from 'keelson';
import { Pod } from 'keelson/k8s';

import { describe, expect, test } from 'vitest';
import { FaultProxy } from '../../src/testing/fault-proxy.js';
import { StreamPeer } from '../helpers/stream-peer.js';

type Pods = ReturnType<typeof podsOf>;

function podsOf(cluster: Awaited<ReturnType<typeof connect>>) {
  return cluster.resource(Pod).in('shop');
}

/** Each stream by a call that opens it. The container is given, so that the first connection is the stream's own. */
const STREAMS: readonly [string, (pods: Pods) => Promise<unknown>][] = [
  ['exec', (pods) => pods.exec('web-0', ['true'], { container: 'app', openTimeoutMs: 100 })],
  ['openExec', (pods) => pods.openExec('web-0', ['true'], { container: 'app', openTimeoutMs: 100 })],
  ['openAttach', (pods) => pods.openAttach('web-0', { container: 'app', openTimeoutMs: 100 })],
  ['connect', (pods) => pods.connect('web-0', 80, { openTimeoutMs: 100 })],
  ['copyFrom', (pods) => pods.copyFrom('web-0', '/etc/hostname', '/nowhere', { container: 'app', openTimeoutMs: 100 })],
];

describe.each(STREAMS)('%s', (_, open) => {
  test.each([
    ['refuse', isNetworkError],
    ['reset-before', isNetworkError],
    ['black-hole', isTimeoutError],
  ] as const)('fails as documented when the network does %s', async (kind, expected) => {
    await using peer = await StreamPeer.start();
    await using proxy = await FaultProxy.start(peer.url);
    await proxy.plan({ kind });
    await using cluster = await connect({ server: proxy.url });
    await expect(open(podsOf(cluster))).rejects.toSatisfy(expected);
  });
});
