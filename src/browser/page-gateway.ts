import type { KubeObject, Resource } from '../meta/resource.js';
import { connectGateway, type GatewayClient } from './gateway-client.js';
import type { LiveQuery } from './live-query.js';
import type { QueryOptions } from './protocol.js';

/** The gateways of the page by address, so that all components of a page share one connection. */
const gateways = new Map<string, GatewayClient>();

/**
 * Makes a live query over the page's shared connection to the gateway at `gateway`, `/` by default. Programs with a connection of their
 * own use `GatewayClient.live`.
 */
export function liveQuery<T extends KubeObject>(
  kind: Resource<T>,
  { gateway: url = '/', ...options }: QueryOptions & { readonly gateway?: string | undefined } = {},
): LiveQuery<T> {
  const gateway = gateways.get(url) ?? connectGateway({ url });
  gateways.set(url, gateway);
  return gateway.live(kind, options);
}
