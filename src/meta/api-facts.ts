/**
 * The facts of one API group and version that a server or a validator needs, normalised from OpenAPI and discovery:
 * what `generated/facts/<group>/<version>.json` holds (`core` for the core group). Facts only, no prose.
 */
export interface ApiFacts {
  /** Empty for the core group. */
  group: string;
  version: string;
  /** The prefix of a schema's short name in OpenAPI, such as `io.k8s.api.core.v1`. */
  package: string;
  /** In the order of discovery. */
  resources: ResourceFacts[];
  /** URL path template to the actions it answers, by HTTP method in lower case. */
  paths: { [path: string]: PathFacts };
  /** Short schema name (`PodSpec`) to schema, for the schemas this group and version owns. */
  schemas: { [name: string]: SchemaFacts };
}

/** The schemas all groups share (`ObjectMeta`, `Status`, `Quantity`): what `generated/facts/meta.json` holds. */
export interface MetaFacts {
  /** The prefix of a schema's short name in OpenAPI, unless the schema's own `package` differs. */
  package: string;
  schemas: { [name: string]: SchemaFacts };
}

/** Which groups and versions there are: what `generated/facts/index.json` holds. */
export interface FactsIndex {
  /** The title and the version of the OpenAPI documents, such as `Kubernetes` and `1.36`. */
  title: string;
  version: string;
  /** Core first, then the order of discovery. */
  groups: GroupFacts[];
  /**
   * The OpenAPI documents that are of no group and version, by their place below `/openapi/v3/`, such as `version` and
   * `apis/apps`: the paths in them and what each answers.
   */
  plumbing: { [place: string]: PlumbingFacts };
}

/** The answer to a GET of a path without resources. */
export interface PlumbingFacts {
  path: string;
  operationId: string;
  tag: string;
  /** A schema reference or `string`. */
  returns: string;
  mediaTypes: string[];
}

/** One group; its facts are in `<group, or core>/<version>.json`. */
export interface GroupFacts {
  /** Empty for the core group. */
  group: string;
  /** The preferred version first. */
  versions: string[];
}

/** One resource as discovery describes it. */
export interface ResourceFacts {
  plural: string;
  singular: string;
  kind: string;
  scope: 'Namespaced' | 'Cluster';
  /** In the words of discovery, sorted. */
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  /** The storage version hash that discovery reports for this resource. */
  storageVersionHash?: string;
  subresources?: SubresourceFacts[];
}

/** One subresource as discovery describes it. */
export interface SubresourceFacts {
  name: string;
  /** The kind it takes and gives: group and version are those of the document where absent. */
  kind: string;
  /** Empty for the core group. */
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
  /**
   * The result of a success, if the action does not imply it: a schema reference or `string`. The action implies these: `list` returns
   * the list kind, `watch` and `watchlist` a WatchEvent, `delete` and `deletecollection` a Status, `connect` a string,
   * every other action the kind itself.
   */
  returns?: string;
  /** Query parameters beyond those the action implies: name to JSON type. */
  query?: { [name: string]: string };
}

/**
 * A schema. A reference is `group/version.Name` (core: `v1.PodSpec`; shared by all groups: `meta.ObjectMeta`).
 * Field order is that of the source document.
 */
export interface SchemaFacts {
  /** JSON type; absent for a reference, for int-or-string and for "anything". */
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  ref?: string;
  format?: string;
  enum?: (string | number | boolean | null)[];
  default?: unknown;
  nullable?: true;
  /** `integer|string` (`IntOrString`) or `string|number` (`Quantity`): the types the value may have, joined by `|`. */
  oneOf?: string;
  required?: string[];
  properties?: { [name: string]: SchemaFacts };
  /** The schema of a map's values, or whether there may be any. */
  additional?: SchemaFacts | boolean;
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
  /** `x-kubernetes-int-or-string` (custom resources; built-in kinds refer to `meta.IntOrString`). */
  intOrString?: true;
  /** `x-kubernetes-preserve-unknown-fields`. */
  preserveUnknown?: true;
  /** `x-kubernetes-embedded-resource`. */
  embeddedResource?: true;
  /** `x-kubernetes-group-version-kind`: `group/version/Kind`; the group and version `*` are those of each document. */
  gvk?: string[];
  /** `x-kubernetes-unions`, as it stands. */
  unions?: unknown;
  /** `x-kubernetes-validations`, as it stands. */
  validations?: unknown;
  /** Every other keyword of JSON schema, such as `pattern` or `maxLength`, as it stands. */
  other?: { [keyword: string]: unknown };
  /** The prefix of the short name in OpenAPI, if it differs from the `package` of the facts around it. */
  package?: string;
  /** The short name in OpenAPI, where it is not the name the facts know this schema by. */
  name?: string;
}
