import type { ResourceRequest } from '../object/server-context.js';
import type { Backend } from './backend.js';
import { byteString, escapeQuery } from './go-path.js';
import { type KubeletAddress, kubeletAddress } from './kubelet-address.js';

/** A path of a node's kubelet. */
export interface KubeletBackend extends Backend {
  readonly kubelet: KubeletAddress;
}

/** Returns a path of a node's kubelet. Throws the Status for a node that has no kubelet to be reached. */
export async function kubeletBackend(
  request: ResourceRequest,
  nodeName: string,
  path: readonly string[],
  query: readonly (readonly [string, string])[],
  insecure = false,
): Promise<KubeletBackend> {
  const { backends } = request.server;
  const kubelet = await kubeletAddress(request, nodeName);
  const sorted = [...query].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return {
    kubelet,
    scheme: 'https',
    host: kubelet.host,
    port: kubelet.port,
    path: byteString(`/${path.join('/')}`),
    query: sorted.map(([name, value]) => `${escapeQuery(name)}=${escapeQuery(value)}`).join('&'),
    tls: backends.kubeletTls(insecure),
    connectMs: backends.kubelet.timeoutMs,
  };
}
