import type { ApiFacts, GroupFacts, ResourceFacts, SchemaFacts, SubresourceFacts } from '../../meta/index.js';
import type { SchemaResolver } from '../../patch/index.js';
import type { Clock } from '../../util/clock.js';
import type { JsonObject } from '../../util/json-value.js';
import type { Random } from '../../util/random.js';
import type { FeatureGates } from '../features/feature-gates.js';
import type { Storage } from '../storage/storage.js';
import type { TokenAuthority } from '../tokens/token-authority.js';
import type { AdmissionConfiguration } from './admission-configuration.js';
import type { Aggregation } from './aggregation.js';
import type { Auditor } from './auditor.js';
import type { Authorizer, Impersonation, PolicyRule } from './authorization.js';
import type { Backends } from './backends.js';
import type { Column } from './column.js';
import type { FieldError } from './field-error.js';
import type { HealthResults } from './health-results.js';
import type { Media, ServerRequest } from './message.js';
import type { RequestAudit } from './request-audit.js';
import type { RequestCounter } from './request-counter.js';
import type { RequestLimits } from './request-limits.js';
import type { ServerObject } from './server-object.js';
import type { ServiceRanges } from './service-ranges.js';
import type { GroupResource } from './status-error.js';
import type { StreamLimit } from './stream-limit.js';
import type { UserInfo } from './user.js';

/*
 * The interfaces between the folders of the server. They refer to each other: a request belongs to a resource, a custom resource brings a
 * strategy, and a strategy's functions take the request.
 */

/** The parts of a running server that every request needs. */
export interface ServerContext {
  readonly storage: Storage;
  readonly scheme: Scheme;
  /** The custom resources. `settled` resolves when every definition written before is served. */
  readonly definitions: { settled(): Promise<void> };
  /** The APIs that other servers serve. */
  readonly aggregation: Aggregation;
  /** The network that leads to nodes, pods and services. */
  readonly backends: Backends;
  /** The enabled feature gates. */
  readonly features: FeatureGates;
  /** Decides which requests are allowed. */
  readonly authorizer: Authorizer;
  /** Decides who may act for whom. */
  readonly impersonation: Impersonation;
  /** The names of the admission plugins that run. */
  readonly plugins: ReadonlySet<string>;
  readonly admissionConfiguration: AdmissionConfiguration;
  /** Returns the rules of a role, undefined for a role that does not exist. */
  readonly roleRules: (kind: string, namespace: string, name: string) => Promise<PolicyRule[] | undefined>;
  /** Returns the user of a token that this server did not sign. */
  readonly knownToken: (token: string) => Promise<UserInfo | undefined>;
  /** Signs and checks the tokens of service accounts. */
  readonly tokens: TokenAuthority;
  /** Where the addresses and node ports of services come from. */
  readonly serviceRanges: ServiceRanges;
  readonly clock: Clock;
  readonly random: Random;
  /** The time between the bookmarks of a watch, in milliseconds. */
  readonly bookmarkIntervalMs: number;
  /** The bytes of events that a watch may fall behind before the server ends it. */
  readonly watchBufferBytes: number;
  /** Limits the requests that run at a time. */
  readonly limits: RequestLimits;
  /** The streams under way, and how many there may be. */
  readonly streams: StreamLimit;
  /** The results of health checks, for `/metrics/slis`. */
  readonly healthResults: HealthResults;
  /** Records requests in an audit log. Undefined if requests are not audited. */
  readonly auditor: Auditor | undefined;
  /** Counts requests for `/metrics`. */
  readonly requests: RequestCounter;
  /** Functions of running controllers, for callers that cannot wait for them. */
  readonly hooks: ControllerHooks;
  /** The state that reads with `resourceVersion=0` see. */
  readonly cache: ReadCache;
  /** Called when the store was restored to an earlier state, to drop derived state that does not follow a watch. */
  readonly restored: Set<() => void>;
  /** Aborts when the server closes. Ends all watches. */
  readonly closing: AbortSignal;
}

/** kube-apiserver answers `resourceVersion=0` from a cache that may be behind. This one is behind only when a test freezes it. */
interface ReadCache {
  /** The revision that the cache is frozen at, undefined while it follows the store. */
  frozenAt: number | undefined;
}

/** Functions of the running controllers. Absent for controllers that do not run. */
interface ControllerHooks {
  /** Creates the objects that every namespace has, such as its `default` service account. */
  settleNamespace?: (namespace: string) => Promise<void>;
}

/** The verbs of a resource, in the words of discovery and RBAC, and `connect` for streams and proxies. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'connect';

/** The options of a write as the client gave them: empty where it gave none. */
export interface GivenOptions {
  readonly dryRun: readonly string[];
  readonly fieldManager: string;
  readonly fieldValidation: string;
}

/** One operation on a served resource for a user. Requests are operations; the server's own controllers make operations without a request. */
export interface Operation {
  readonly server: ServerContext;
  readonly verb: Verb;
  readonly path: ResourcePath;
  readonly resource: ServedResource;
  readonly user: UserInfo;
  readonly given: GivenOptions;
  /** The length of the request body in bytes. */
  readonly bodyLength: number;
  /** Aborts when the client gives up. */
  readonly signal: AbortSignal | undefined;
  /** The audit record, if requests are audited. */
  readonly audit: RequestAudit | undefined;
  /** The warnings for the user, in order. */
  readonly warnings: string[];
}

/** A request to a served resource. */
export interface ResourceRequest extends Operation {
  readonly http: ServerRequest;
  readonly query: URLSearchParams;
  readonly media: Media;
}

/** A path of the API, parsed. The scheme then decides whether it names a served resource. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  /** Undefined for cluster-wide paths. */
  readonly namespace: string | undefined;
  readonly plural: string;
  /** Undefined for the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** True for the old `/watch/` paths. */
  readonly watch: boolean;
}

/** A served resource: its facts, and where its objects are stored. */
export interface ServedResource extends GroupResource {
  readonly version: string;
  /** `v1` or `apps/v1`. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: ReadonlySet<string>;
  readonly subresources: ReadonlyMap<string, SubresourceFacts>;
  /** True when status is written through `/status` only. */
  readonly hasStatus: boolean;
  /** The schema of the whole object. */
  readonly schema: SchemaFacts;
  readonly facts: ResourceFacts;
  /** The prefix of its storage keys, the same for all versions: `/registry/<group>/<plural>/`. */
  readonly prefix: string;
  /** Absent for built-in kinds. */
  readonly custom?: CustomKind | undefined;
}

/** A version of a custom kind. A new one takes its place when the definition changes. */
export interface CustomKind {
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  readonly scale: ScalePaths | undefined;
  /** The warning of a deprecated version. */
  readonly warning: string | undefined;
  readonly listKind: string;
  /** Aborts when the definition changes: watches end then. */
  readonly ended: AbortSignal;
  /** True if a webhook converts the objects. */
  readonly asksToConvert: boolean;
  /**
   * Decodes a JSON object: applies defaults and prunes unknown fields, which it names in `strict`. Throws the 400 Status for metadata
   * that is not an object.
   */
  decode(value: JsonObject, strict: string[]): ServerObject;
  /** Converts objects that are stored in another version, so that `fromStored` can return them. Throws the 500 Status of the webhook. */
  prepareToShow(stored: readonly { readonly object: ServerObject; readonly bytes: Uint8Array }[]): Promise<void>;
  /** Converts an object for `toStored`. Throws the 500 Status of the webhook. */
  prepareToKeep(object: ServerObject): Promise<void>;
  /** Returns a stored object in this version. Changes `object` in place. */
  fromStored(object: ServerObject, bytes: Uint8Array): ServerObject;
  /** Returns an object in the storage version. */
  toStored(object: ServerObject): ServerObject;
}

/** The JSON paths of a custom resource that its Scale shows, such as `.spec.replicas`. */
export interface ScalePaths {
  readonly spec: string;
  readonly status: string;
  readonly selector: string | undefined;
}

/** A group and version of custom resources. */
export interface CustomApi {
  readonly facts: ApiFacts;
  /** By plural. */
  readonly resources: ReadonlyMap<string, ServedResource>;
}

/** The groups, versions and resources that the server serves. */
export interface Scheme {
  /** Stays the same object until the served resources change: a key for caches derived from all of them. */
  readonly edition: object;
  /** Serves these custom resources, and no others, beside the built-in ones. Built-in groups and versions win. */
  setCustom(apis: readonly CustomApi[]): void;
  /** Returns whether a group has custom resources only. */
  isCustomGroup(group: string): boolean;
  /** Returns all groups, the core group (an empty name) first, with the preferred version of each first. */
  groups(): readonly GroupFacts[];
  group(name: string): GroupFacts | undefined;
  /** Returns the facts of a group and version, undefined when it is not served. */
  facts(group: string, version: string): ApiFacts | undefined;
  /** Returns the resources of a group and version by plural, undefined when it is not served. */
  resources(group: string, version: string): ReadonlyMap<string, ServedResource> | undefined;
  resource(group: string, version: string, plural: string): ServedResource | undefined;
  /** Returns the resource of a kind, by the `apiVersion` that objects carry. */
  resourceOfKind(apiVersion: string, kind: string): ServedResource | undefined;
  /** Returns every resource whose objects are stored, once, in its preferred version. */
  storedResources(): ServedResource[];
  /** Returns the schema behind a reference such as `v1.PodSpec`, `apps/v1.Deployment` or `meta.ObjectMeta`. */
  resolve(ref: string): SchemaFacts | undefined;
  /** Returns the schema of a kind for the patch engines. */
  resolver(resource: ServedResource): SchemaResolver;
}

/** Returns the problems of a name. `prefix` is true for a generateName, which the server extends. */
export type NameRule = (name: string, prefix: boolean) => string[];

/**
 * The rules of one kind, beyond its facts. Every member is optional: a kind without a strategy is served by its facts alone. Functions
 * change objects in place.
 */
export interface Strategy {
  /** The names objects may have. Default: DNS subdomains. */
  readonly name?: NameRule;
  /** True if the kind has `metadata.generation`. Default: kinds with spec and status. */
  readonly generation?: boolean;
  /** Returns whether an update increments `metadata.generation`. Default: when anything but metadata and status differs. */
  readonly generationChanged?: (object: ServerObject, old: ServerObject) => boolean;
  /** True if create keeps the status of the request. Default: false. */
  readonly keepsStatus?: boolean;
  /** True if a PUT creates a missing object. Default: false. */
  readonly createOnUpdate?: boolean;
  /** True if a PUT may omit the resourceVersion. Default: true. */
  readonly unconditionalUpdate?: boolean;
  /** True if delete returns the object instead of a Status. Default: false. */
  readonly returnsDeleted?: boolean;
  /** True if delete orphans dependents by default. Default: false. */
  readonly orphansByDefault?: boolean;
  /** The fields that field selectors support, besides name and namespace. */
  readonly fields?: { readonly [path: string]: (object: ServerObject) => string };
  /** The message about a field that selectors may not name, where the kind has one of its own. */
  readonly unknownField?: (label: string) => string;
  /** Applies defaults. Runs on every write, after decoding. */
  readonly defaults?: (object: ServerObject, old: ServerObject | undefined) => void;
  /** Prepares an object for creation. */
  readonly prepareForCreate?: (object: ServerObject, request: Operation) => void | Promise<void>;
  /** Prepares an object for an update. */
  readonly prepareForUpdate?: (object: ServerObject, old: ServerObject, request: Operation) => void | Promise<void>;
  /** Prepares a write to `/status`. Default: takes status and metadata. */
  readonly prepareForStatusUpdate?: (object: ServerObject, old: ServerObject, request: Operation) => void;
  /** Prepares a write through another subresource that uses the kind itself. */
  readonly prepareForSubresource?: (
    subresource: string,
    object: ServerObject,
    old: ServerObject,
    request: Operation,
  ) => void;
  /**
   * True if the schema's required fields and enums are checked. False for kinds whose own rules cover them. Default: true.
   */
  readonly schemaChecked?: boolean;
  /** Validates an object. `old` is the stored object, undefined on create. On update, ignores problems that `old` already has. */
  readonly validate?: (object: ServerObject, old?: ServerObject) => FieldError[];
  /** Checks an object against others that are stored, before its own rules are checked. */
  readonly lookUp?: (object: ServerObject, request: Operation) => Promise<FieldError[]>;
  readonly validateCreate?: (object: ServerObject) => FieldError[];
  readonly validateUpdate?: (object: ServerObject, old: ServerObject) => FieldError[];
  /** Validates a write through a subresource that uses the kind itself, such as `status` or `ephemeralcontainers`. */
  readonly validateSubresource?: (subresource: string, object: ServerObject, old: ServerObject) => FieldError[];
  /** Returns warnings for the client. */
  readonly warnings?: (object: ServerObject, old: ServerObject | undefined) => string[];
  /** Throws the Status that refuses a deletion. */
  readonly checkDelete?: (name: string, resource: ServedResource) => void;
  /** Returns warnings for a deletion with this propagation policy. */
  readonly deleteWarnings?: (policy: string | undefined) => string[];
  /** Changes an object whose deletion waits for finalizers. */
  readonly prepareForDelete?: (object: ServerObject) => void;
  /** Marks an object for deletion. Sets finalizers, times and generation itself. */
  readonly markForDeletion?: (object: ServerObject, now: string) => void;
  /** Returns the grace period of a deletion in seconds. Kinds without it are deleted at once. */
  readonly graceSeconds?: (object: ServerObject, asked: number | undefined) => number;
  /** Stores what preparing the object allocated, such as an IPAddress, just before the object is stored. */
  readonly claim?: (object: ServerObject, old: ServerObject | undefined, request: Operation) => Promise<void>;
  /**
   * Releases what preparing `dropped` allocated, such as an address, and `kept` does not hold. `dropped` was replaced, was not stored
   * after all, or was deleted; in the last case `kept` is undefined.
   */
  readonly released?: (dropped: ServerObject, kept: ServerObject | undefined, request: Operation) => Promise<void>;
}

/** Returns the name in the path. The router has checked that there is one. */
export function nameOf(request: Operation): string {
  return request.path.name ?? '';
}
