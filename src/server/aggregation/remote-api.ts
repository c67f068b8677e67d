import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import type { DiscoveredVersion } from '../object/aggregation.js';
import type { ServerObject } from '../object/server-object.js';

/** The spec of an APIService that another server serves, and what is known about that server. */
export interface RemoteApi {
  /** The name of the APIService. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** The authorities that the server's certificate may come from, in PEM. Undefined: those of the system. */
  readonly ca: string | undefined;
  readonly insecureSkipTLSVerify: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** True if the APIService has the condition `Available`. */
  readonly isAvailable: boolean;
}

/** The documents of a remote API, as its server sent them last. */
export interface RemoteDocuments {
  readonly discovery: DiscoveredVersion;
  /** The URL of its OpenAPI v3 document, undefined if it has none. */
  readonly openApiUrl: string | undefined;
  /** Its OpenAPI v2 document, undefined if it has none. */
  readonly swagger: JsonObject | undefined;
}

/** Reads an APIService. Returns undefined for one that this server serves itself. */
export function remoteApiOf(object: Readonly<ServerObject>): RemoteApi | undefined {
  const spec = fieldsOf(object.spec);
  if (spec.service === undefined || spec.service === null) return undefined;
  const { namespace, name, port } = fieldsOf(spec.service);
  const bundle = textOf(spec.caBundle);
  const conditions = objectsOf(fieldsOf(object.status).conditions);
  return {
    name: object.metadata.name ?? '',
    group: textOf(spec.group),
    version: textOf(spec.version),
    service: { namespace: textOf(namespace), name: textOf(name), port: numberOf(port) ?? 443 },
    ca: bundle === '' ? undefined : Buffer.from(bundle, 'base64').toString(),
    insecureSkipTLSVerify: spec.insecureSkipTLSVerify === true,
    groupPriority: numberOf(spec.groupPriorityMinimum) ?? 0,
    versionPriority: numberOf(spec.versionPriority) ?? 0,
    isAvailable: conditions.some(({ type, status }) => type === 'Available' && status === 'True'),
  };
}
