import { type Cluster, type ConnectOptions, connect } from 'keelson';
import { Namespace, ServiceAccount } from 'keelson/k8s';
import { ApiServer, type ApiServerOptions } from '../../src/server/index.js';

import { listen } from '../../src/server/listener.js';

/** The reference server on a port of its own, a cluster handle to it, and a namespace to work in. */
export interface TestCluster extends AsyncDisposable {
  readonly url: string;
  readonly api: ApiServer;
  readonly cluster: Cluster;
  /** Exists already. */
  readonly namespace: string;
}

export async function startCluster(options: ConnectOptions = {}, server: ApiServerOptions = {}): Promise<TestCluster> {
  const api = new ApiServer({ controllers: [], ...server });
  const listener = await listen(api);
  const cluster = await connect({ server: listener.url, ...options });
  const namespace = 'shop';
  await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  // Pods need one; no controller makes it here.
  await cluster
    .resource(ServiceAccount)
    .in(namespace)
    .create({ metadata: { name: 'default' } });
  return {
    url: listener.url,
    api,
    cluster,
    namespace,
    async [Symbol.asyncDispose]() {
      await cluster.close();
      await listener.close();
      await api.close();
    },
  };
}
