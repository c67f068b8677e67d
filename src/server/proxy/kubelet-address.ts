import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { ResourceRequest } from '../object/server-context.js';
import { internal } from '../object/status-error.js';
import { existingObject } from './stored-objects.js';

/** Where a node's kubelet is reached. */
export interface KubeletAddress {
  readonly host: string;
  readonly port: string;
  /** True if the kubelet takes WebSockets itself. */
  readonly takesWebSockets: boolean;
}

const defaultPort = 10_250;

/** Returns the address of a node's kubelet, by the preferred type that the node has. Throws the Status for a node without one. */
export async function kubeletAddress(request: ResourceRequest, nodeName: string): Promise<KubeletAddress> {
  const { preferredAddressTypes } = request.server.backends.kubelet;
  const status = fieldsOf((await existingObject(request, 'nodes', nodeName)).status);
  const addresses = objectsOf(status.addresses);
  const preferred = preferredAddressTypes.flatMap((type) => addresses.filter((address) => address.type === type));
  if (preferred[0] === undefined) {
    const known = addresses.map(({ type, address }) => `{${textOf(type)} ${textOf(address)}}`);
    throw internal(`no preferred addresses found; known addresses: [${known.join(' ')}]`);
  }
  const port = numberOf(fieldsOf(fieldsOf(status.daemonEndpoints).kubeletEndpoint).Port) ?? 0;
  return {
    host: textOf(preferred[0].address),
    port: String(port > 0 ? port : defaultPort),
    takesWebSockets: listOf(status.declaredFeatures).includes('ExtendWebSocketsToKubelet'),
  };
}
