import type { ResourceRequest } from '../registry/context.js';
import type { ServerObject } from '../registry/stored.js';
import type { ServedResource } from '../scheme/resource.js';
import type { FieldError } from '../validation/field-error.js';
import type { NameRule } from '../validation/object-meta.js';

/**
 * What is particular to a kind, beyond what the facts say of it. Every part is optional: a kind without a strategy is served by
 * the facts alone. Objects are changed in place.
 */
export interface Strategy {
  /** The names objects may have. Default: DNS subdomains. */
  readonly name?: NameRule;
  /** Whether `metadata.generation` counts changes of the desired state. Default: kinds that have spec and status. */
  readonly generation?: boolean;
  /** Whether a change counts as one of the desired state. Default: when anything but metadata and status differs. */
  readonly generationChanged?: (object: ServerObject, old: ServerObject) => boolean;
  /** Whether the status a client gives on creation is kept. Default: no. */
  readonly keepsStatus?: boolean;
  /** Whether a PUT to a missing name creates. Default: no. */
  readonly createOnUpdate?: boolean;
  /** Whether a PUT without a resourceVersion is taken. Default: yes. */
  readonly unconditionalUpdate?: boolean;
  /** Whether a deletion answers with the object instead of a Status. Default: no. */
  readonly returnsDeleted?: boolean;
  /** Whether dependents are orphaned when the client does not say. Default: no. */
  readonly orphansByDefault?: boolean;
  /** Fields that field selectors may name besides name and namespace. */
  readonly fields?: { readonly [path: string]: (object: ServerObject) => string };
  /** Fills in what the client left out. Runs on every write, after decoding. */
  readonly defaults?: (object: ServerObject, old: ServerObject | undefined) => void;
  /**
   * What kube-apiserver's own mutating admission plugins do to a write of the main resource. Runs before mutating webhooks are asked, and once more
   * after one has changed the object.
   */
  readonly admit?: (
    object: ServerObject,
    old: ServerObject | undefined,
    request: ResourceRequest,
  ) => void | Promise<void>;
  /** Brings an object into the state it is made in. */
  readonly prepareForCreate?: (object: ServerObject, request: ResourceRequest) => void | Promise<void>;
  /** Brings an object into the state it is replaced in. */
  readonly prepareForUpdate?: (
    object: ServerObject,
    old: ServerObject,
    request: ResourceRequest,
  ) => void | Promise<void>;
  /** The same for writes to `/status`, which otherwise take status and metadata only. */
  readonly prepareForStatusUpdate?: (object: ServerObject, old: ServerObject, request: ResourceRequest) => void;
  /** The same for writes through any other subresource that speaks the kind itself. */
  readonly prepareForSubresource?: (
    subresource: string,
    object: ServerObject,
    old: ServerObject,
    request: ResourceRequest,
  ) => void;
  /**
   * Whether the schema's required fields and enums are looked at; false for kinds whose own rules say all of that. Default: yes.
   */
  readonly schemaChecked?: boolean;
  /** What is wrong with an object, whether it is new or follows `old`, what was wrong with which may be let pass. */
  readonly validate?: (object: ServerObject, old?: ServerObject) => FieldError[];
  readonly validateCreate?: (object: ServerObject) => FieldError[];
  readonly validateUpdate?: (object: ServerObject, old: ServerObject) => FieldError[];
  /** The same for a write through a subresource that speaks the kind itself: `status`, `ephemeralcontainers` and so on. */
  readonly validateSubresource?: (subresource: string, object: ServerObject, old: ServerObject) => FieldError[];
  /** Texts for Warning headers. */
  readonly warnings?: (object: ServerObject, old: ServerObject | undefined) => string[];
  /** Whether a deletion may go ahead; throws the Status that says why not. */
  readonly checkDelete?: (name: string, resource: ServedResource) => void;
  /** Texts for Warning headers of a deletion; `policy` is what the client asked for. */
  readonly deleteWarnings?: (policy: string | undefined) => string[];
  /** Marks an object that is being deleted but stays for now. */
  readonly prepareForDelete?: (object: ServerObject) => void;
  /** Marks an object for deletion in a way of the kind's own: its finalizers, times and generation are left to this. */
  readonly markForDeletion?: (object: ServerObject, now: string) => void;
  /** The grace period of a deletion in seconds; undefined for kinds that go at once. */
  readonly graceSeconds?: (object: ServerObject, asked: number | undefined) => number;
  /**
   * Lets go of what preparing `dropped` took, such as an address, and `kept` does not hold: of a state that is replaced, of one
   * that was not written after all, or (`kept` is undefined) of an object that is gone.
   */
  readonly released?: (
    dropped: ServerObject,
    kept: ServerObject | undefined,
    request: ResourceRequest,
  ) => Promise<void>;
}
