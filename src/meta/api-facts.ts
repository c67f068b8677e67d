/**
 * The facts of one API group and version that a server or a validator needs, normalised from OpenAPI and discovery:
 * what `generated/facts/<group>/<version>.json` holds. Facts only, no prose.
 */
export interface ApiFacts {
  /** Empty for the core group. */
  group: string;
  version: string;
  resources: ResourceFacts[];
  /** URL path to the actions it answers, by HTTP method in lower case. The action is the method itself where absent in OpenAPI. */
  paths: { [path: string]: PathFacts };
  /** Short schema name (`PodSpec`) to schema, for the schemas this group and version owns. */
  schemas: { [name: string]: SchemaFacts };
}

/** One resource as discovery describes it. */
export interface ResourceFacts {
  plural: string;
  singular: string;
  kind: string;
  scope: 'Namespaced' | 'Cluster';
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  /** What discovery reports for the storage version of this resource. */
  storageVersionHash?: string;
  subresources?: SubresourceFacts[];
}

/** One subresource as discovery describes it. */
export interface SubresourceFacts {
  name: string;
  /** The kind it takes and gives: group and version are those of the document where absent. */
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
}

/** The actions on one path: HTTP method in lower case to what it does and the schema it deals in. */
export interface PathFacts {
  [method: string]: ActionFacts;
}

/** One action on one path. */
export interface ActionFacts {
  /** `get`, `list`, `watch`, `watchlist`, `post`, `put`, `patch`, `delete`, `deletecollection`, `connect`; absent for plumbing. */
  action?: string;
  /** `group/version/Kind` (core: `v1/Pod`). */
  kind?: string;
}

/**
 * A schema. A reference is `group/version.Name` (core: `v1.PodSpec`; shared machinery: `meta.ObjectMeta`).
 * Field order is that of the source document.
 */
export interface SchemaFacts {
  /** JSON type; absent for a reference, for int-or-string and for "anything". */
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  ref?: string;
  format?: string;
  enum?: (string | number | boolean)[];
  default?: unknown;
  nullable?: true;
  /** `integer` and `string` alike (`IntOrString`), or `string` and `number` (`Quantity`): the types joined by `|`. */
  oneOf?: string;
  required?: string[];
  properties?: { [name: string]: SchemaFacts };
  /** The schema of a map's values, or `true` for anything. */
  additional?: SchemaFacts | true;
  items?: SchemaFacts;
  /** `x-kubernetes-list-type`. */
  listType?: 'atomic' | 'set' | 'map';
  /** `x-kubernetes-list-map-keys`. */
  listMapKeys?: string[];
  /** `x-kubernetes-map-type`. */
  mapType?: 'atomic' | 'granular';
  /** `x-kubernetes-patch-strategy`, such as `merge` or `merge,retainKeys`. */
  patchStrategy?: string;
  /** `x-kubernetes-patch-merge-key`. */
  patchMergeKey?: string;
  intOrString?: true;
  preserveUnknown?: true;
  embeddedResource?: true;
  /** `x-kubernetes-group-version-kind`: `group/version/Kind`. */
  gvk?: string[];
  /** `x-kubernetes-unions`, as it stands. */
  unions?: unknown;
  /** `x-kubernetes-validations`, as it stands. */
  validations?: unknown;
}
