import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import type { ClusterConfig } from './cluster-config.js';
import { TokenFile } from './credentials.js';
import type { Environment } from './environment.js';
import { TlsSettings } from './tls-settings.js';

/** A container that shares the files of its node finds its volumes below the folder that this variable names, as on Windows. */
const MOUNT_POINT_VARIABLE = 'CONTAINER_SANDBOX_MOUNT_POINT';

/** Where the kubelet puts a pod's service account. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The way into the cluster from inside a pod: address from `KUBERNETES_SERVICE_HOST` and `_PORT`, token, CA and namespace from the
 * mounted service account; `POD_NAMESPACE`, where the pod sets it, goes before the mounted namespace, as in client-go. Gives the reason as a string when this is not a pod.
 */
export async function fromServiceAccount(
  env: Environment,
  directory = join(env[MOUNT_POINT_VARIABLE] ?? '/', SERVICE_ACCOUNT_DIR),
  clock?: Clock,
): Promise<ClusterConfig | string> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port)
    return 'service account of a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set';
  const [token, ca, namespace] = await Promise.all(
    ['token', 'ca.crt', 'namespace'].map((file) => read(directory, file)),
  );
  if (token === undefined) return `service account of a pod: there is no ${join(directory, 'token')}`;
  if (ca === undefined) throw new ConfigError(`in a pod, but ${join(directory, 'ca.crt')} is missing: whom to trust?`);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: env.POD_NAMESPACE || namespace?.trim() || 'default',
    source: 'the service account of this pod',
    tls: new TlsSettings({ ca: { file: join(directory, 'ca.crt') } }),
    credentials: new TokenFile(join(directory, 'token'), clock),
  };
}

async function read(directory: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, file), 'utf8');
  } catch {
    return undefined;
  }
}
