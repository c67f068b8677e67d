import type { GroupFacts } from '../../meta/index.js';
import type { JsonObject } from '../../util/json-value.js';
import type { ServerRequest, ServerResponse } from './message.js';

/** A group that other servers serve. */
export interface RemoteGroup extends GroupFacts {
  /** The highest priority of its APIServices. */
  readonly priority: number;
}

/** The APIs that other servers serve: each APIService with a Service. Requests to them are passed on. */
export interface Aggregation {
  /** Returns the groups that other servers serve, with the versions that they serve, by falling priority. */
  groups(): readonly RemoteGroup[];
  /** Returns whether another server serves a group and version. */
  serves(group: string, version: string): boolean;
  /** Returns the groups as aggregated discovery shows them. */
  discovered(): readonly DiscoveredGroup[];
  /** Returns the paths of OpenAPI v3 documents that other servers have, such as `apis/metrics.k8s.io/v1`, with their URLs. */
  openApiPaths(): ReadonlyMap<string, string>;
  /** Returns the OpenAPI v2 documents of other servers: of each API, the paths that it serves. The list changes as a whole. */
  swaggers(): readonly RemoteSwagger[];
  /** Passes a request on to the server of a group and version, and its response back. */
  proxy(group: string, version: string, request: ServerRequest): Promise<ServerResponse>;
}

/** The OpenAPI v2 document of another server. */
export interface RemoteSwagger {
  /** The start of the paths that this server takes from it, such as `/apis/metrics.k8s.io/v1/`. */
  readonly prefix: string;
  readonly document: JsonObject;
}

/** A group of aggregated discovery. */
export interface DiscoveredGroup {
  readonly name: string;
  readonly versions: readonly DiscoveredVersion[];
}

/** A version of a group. It is stale, and may have no resources, while its server does not answer. */
export interface DiscoveredVersion {
  readonly version: string;
  readonly resources: readonly object[];
  readonly freshness: 'Current' | 'Stale';
}
