// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Resource } from '../../src/meta/index.js';
import type { ObjectReference } from '../core/v1.js';

export interface Endpoint {
  /** The addresses. Clients use the first one. */
  addresses: string[];
  /** The state of the endpoint. */
  conditions?: EndpointConditions | undefined;
  /** Not used any more. */
  deprecatedTopology?: { [key: string]: string } | undefined;
  /** The zones and nodes whose clients should use the endpoint. */
  hints?: EndpointHints | undefined;
  /** The host name. */
  hostname?: string | undefined;
  /** The node. */
  nodeName?: string | undefined;
  /** The object behind the endpoint, such as a pod. */
  targetRef?: ObjectReference | undefined;
  /** The zone. */
  zone?: string | undefined;
}

export interface EndpointConditions {
  /** True if the endpoint accepts new connections: it is serving and not terminating. */
  ready?: boolean | undefined;
  /** True if the endpoint answers, even while it terminates. */
  serving?: boolean | undefined;
  /** True if the endpoint is being deleted. */
  terminating?: boolean | undefined;
}

export interface EndpointHints {
  forNodes?: ForNode[] | undefined;
  forZones?: ForZone[] | undefined;
}

export interface EndpointPort {
  appProtocol?: string | undefined;
  name?: string | undefined;
  port?: number | undefined;
  protocol?: 'SCTP' | 'TCP' | 'UDP' | undefined;
}

/**
 * An endpoint slice holds a part of the addresses behind a service.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#endpointslice-v1-discovery-k8s-io
 */
export interface EndpointSlice {
  /** `IPv4`, `IPv6` or `FQDN`. It cannot change. */
  addressType: 'FQDN' | 'IPv4' | 'IPv6';
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The endpoints, at most 1000. */
  endpoints?: Endpoint[] | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The ports of all endpoints. */
  ports?: EndpointPort[] | undefined;
}

/**
 * An endpoint slice holds a part of the addresses behind a service.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#endpointslice-v1-discovery-k8s-io
 */
export const EndpointSlice: Resource<EndpointSlice, 'Namespaced'> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface EndpointSliceList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: EndpointSlice[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ForNode {
  name: string;
}

export interface ForZone {
  name: string;
}
