import type { RawExtension, Time } from './scalars.js';

/** The metadata of every stored object. All fields are optional here; `Stored<T>` says which of them the server fills in. */
export interface ObjectMeta {
  name?: string | undefined;
  /** A prefix from which the server makes a unique name when `name` is absent. */
  generateName?: string | undefined;
  namespace?: string | undefined;
  labels?: { [key: string]: string } | undefined;
  annotations?: { [key: string]: string } | undefined;
  ownerReferences?: OwnerReference[] | undefined;
  finalizers?: string[] | undefined;
  /** Set by the server, unique over all objects that ever existed. */
  uid?: string | undefined;
  /** Set by the server at every change. Opaque to clients but for comparison with `isNewer` (KEP-5504). */
  resourceVersion?: string | undefined;
  /** Set by the server: raised when the desired state changes. */
  generation?: number | undefined;
  creationTimestamp?: Time | null | undefined;
  deletionTimestamp?: Time | undefined;
  deletionGracePeriodSeconds?: number | undefined;
  managedFields?: ManagedFieldsEntry[] | undefined;
  selfLink?: string | undefined;
}

/** Which manager owns which fields of an object, written by the server. */
export interface ManagedFieldsEntry {
  manager?: string | undefined;
  operation?: string | undefined;
  apiVersion?: string | undefined;
  time?: Time | undefined;
  fieldsType?: string | undefined;
  fieldsV1?: FieldsV1 | undefined;
  subresource?: string | undefined;
}

/** A set of field paths in the server-side apply notation. */
export interface FieldsV1 {
  [path: string]: unknown;
}

/** A pointer from an object to its owner; when all owners are gone the object is garbage. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  /** True for the one owner that manages this object. */
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** The metadata of a list. */
export interface ListMeta {
  resourceVersion?: string | undefined;
  /** Present while more pages follow; handed back to the server to get the next one. */
  continue?: string | undefined;
  remainingItemCount?: number | undefined;
  selfLink?: string | undefined;
  shardInfo?: ShardInfo | undefined;
}

/** Which part of a sharded list this is. */
export interface ShardInfo {
  selector: string;
}

/** One aspect of an object's state, by the API's convention for `status.conditions`. */
export interface Condition {
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  observedGeneration?: number | undefined;
  lastTransitionTime: Time;
  reason: string;
  message: string;
}

/** A label selector as objects carry it (`spec.selector`): every entry and every expression must hold. */
export interface LabelSelector {
  matchLabels?: { [key: string]: string } | undefined;
  matchExpressions?: LabelSelectorRequirement[] | undefined;
}

/** One expression of a label selector; `operator` is `In`, `NotIn`, `Exists` or `DoesNotExist`. */
export interface LabelSelectorRequirement {
  key: string;
  operator: string;
  values?: string[] | undefined;
}

/** One expression of a field selector, as authorization reviews carry it. */
export interface FieldSelectorRequirement {
  key: string;
  operator: string;
  values?: string[] | undefined;
}

/** The conditions under which a deletion goes ahead. */
export interface Preconditions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
}

/** The body of a deletion. */
export interface DeleteOptions {
  /** `v1`, or that of the group. */
  apiVersion?: string | undefined;
  /** `DeleteOptions`. */
  kind?: string | undefined;
  /** The time that the object has to end, in seconds; 0 means at once. Default: the kind's own. */
  gracePeriodSeconds?: number | undefined;
  /** Deletes only if these hold; otherwise a conflict. */
  preconditions?: Preconditions | undefined;
  /** The older word for `propagationPolicy: Orphan`. */
  orphanDependents?: boolean | undefined;
  /** `Orphan`, `Background` or `Foreground`. */
  propagationPolicy?: string | undefined;
  /** `All`, or nothing. */
  dryRun?: string[] | undefined;
  /** Deletes an object that cannot be decoded any more, without finalizers and checks (KEP-3926). */
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | undefined;
}

/** A watch event as the wire carries it. */
export interface RawWatchEvent {
  type: string;
  object: RawExtension;
}
