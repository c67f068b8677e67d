import type { GroupVersionKind } from './api-version.js';
import type { ListMeta, ObjectMeta } from './object-meta.js';

/** The versions of the core group (`/api`). */
export interface APIVersions {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  versions: string[];
  serverAddressByClientCIDRs: ServerAddressByClientCIDR[];
}

/** Which address clients of a network should use. */
export interface ServerAddressByClientCIDR {
  clientCIDR: string;
  serverAddress: string;
}

/** All groups but the core group (`/apis`). */
export interface APIGroupList {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  groups: APIGroup[];
}

/** One group and its versions (`/apis/<group>`). */
export interface APIGroup {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  name: string;
  versions: GroupVersionForDiscovery[];
  preferredVersion?: GroupVersionForDiscovery | undefined;
  serverAddressByClientCIDRs?: ServerAddressByClientCIDR[] | undefined;
}

/** One version of a group. */
export interface GroupVersionForDiscovery {
  /** `group/version`. */
  groupVersion: string;
  version: string;
}

/** The resources of one group and version (`/api/v1`, `/apis/<group>/<version>`). */
export interface APIResourceList {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  groupVersion: string;
  resources: APIResource[];
}

/** One resource or subresource. */
export interface APIResource {
  /** The plural name; `pods/status` for a subresource. */
  name: string;
  singularName: string;
  namespaced: boolean;
  /** Only where it differs from that of the list. */
  group?: string | undefined;
  /** Only where it differs from that of the list. */
  version?: string | undefined;
  kind: string;
  verbs: string[];
  shortNames?: string[] | undefined;
  categories?: string[] | undefined;
  storageVersionHash?: string | undefined;
}

/** All groups with all their versions and resources in one answer (`apidiscovery.k8s.io/v2`, KEP-3352). */
export interface APIGroupDiscoveryList {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ListMeta | undefined;
  items: APIGroupDiscovery[];
}

/** One group; its name is in the metadata, empty or absent for the core group. */
export interface APIGroupDiscovery {
  metadata?: ObjectMeta | undefined;
  /** Best version first. */
  versions?: APIVersionDiscovery[] | undefined;
}

/** One version of a group. */
export interface APIVersionDiscovery {
  version: string;
  resources?: APIResourceDiscovery[] | undefined;
  /** `Current`, or `Stale` when the server behind this version could not be asked. */
  freshness?: string | undefined;
}

/** One resource with its subresources. */
export interface APIResourceDiscovery {
  /** The plural name. */
  resource: string;
  /** The kind it takes and gives. Group and version are those around it where both are empty. */
  responseKind?: GroupVersionKind | undefined;
  /** `Namespaced` or `Cluster`. */
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[] | undefined;
  categories?: string[] | undefined;
  subresources?: APISubresourceDiscovery[] | undefined;
}

/** One subresource. */
export interface APISubresourceDiscovery {
  subresource: string;
  responseKind?: GroupVersionKind | undefined;
  acceptedTypes?: GroupVersionKind[] | undefined;
  verbs: string[];
}
