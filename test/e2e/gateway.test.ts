import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { connect } from '../../src/sdk/index.js';
import { GatewayWorld } from '../gateway/gateway-world.js';
import { compareRights } from '../gateway/rights-comparison.js';
import { etcdMissing, startEtcd, type TestEtcd } from '../helpers/etcd.js';
import { type KubeApiserver, kubeApiserverMissing, startKubeApiserver } from '../helpers/kube-apiserver.js';

const missing = etcdMissing || kubeApiserverMissing;

describe.skipIf(missing !== '')(`a gateway in front of kube-apiserver${missing}`, () => {
  let etcd: TestEtcd;
  let real: KubeApiserver;

  beforeAll(async () => {
    etcd = await startEtcd();
    real = await startKubeApiserver(etcd.url);
  }, 180_000);
  afterAll(async () => {
    await real?.stop();
    await etcd?.stop();
  });

  it('gives each user what kube-apiserver gives the same user', { timeout: 180_000 }, async () => {
    const { url, token, certificateAuthority } = real;
    const cluster = await connect({ server: url, token, ca: certificateAuthority });
    await using world = GatewayWorld.over(cluster);
    await compareRights(world, { seed: inject('seed'), rounds: 3, steps: 20 });
  });
});
