import { parseApiVersion } from './api-version.js';
import { FormatError } from './format-error.js';
import type { OwnerReference } from './object-meta.js';
import type { KubeObject } from './resource.js';

/** An object as the server returned it: what can own others. */
export interface Owner {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?:
    | { readonly name?: string | undefined; readonly namespace?: string | undefined; readonly uid?: string | undefined }
    | undefined;
}

/** An object that may be owned. */
export interface Owned {
  readonly metadata?: { readonly ownerReferences?: readonly Readonly<OwnerReference>[] | undefined } | undefined;
}

/**
 * A reference to an owner that does not manage the object: the object goes when its last owner does. Throws a `FormatError` for an owner
 * without apiVersion, kind, name or uid: only what the server returned can own.
 */
export function ownerReference(owner: Owner): OwnerReference {
  const { apiVersion, kind } = owner;
  const { name, uid } = owner.metadata ?? {};
  if (!apiVersion || !kind || !name || !uid) {
    throw new FormatError(
      'owner reference',
      'an owner needs apiVersion, kind, metadata.name and metadata.uid: use the object the server returned',
    );
  }
  return { apiVersion, kind, name, uid };
}

/** The options of a controller reference. */
export interface ControllerReferenceOptions {
  /**
   * If true, foreground deletion of the owner waits for the object. Servers with the admission plugin
   * OwnerReferencesPermissionEnforcement then require the right to update the owner's `finalizers`. Default true.
   */
  readonly blockOwnerDeletion?: boolean | undefined;
}

/**
 * A reference to the one owner that manages the object; foreground deletion of the owner waits for the object, unless told otherwise.
 * Throws a `FormatError` as `ownerReference`.
 */
export function controllerReference(owner: Owner, options: ControllerReferenceOptions = {}): OwnerReference {
  return { ...ownerReference(owner), controller: true, blockOwnerDeletion: options.blockOwnerDeletion ?? true };
}

/** The owner that manages the object, if it has one. */
export function controllerOf(object: Owned): Readonly<OwnerReference> | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

/** Reports whether `owner` manages the object. It compares uids, so a new owner with the same name does not match. */
export function isControlledBy(object: Owned, owner: Owner): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** Reports whether `owner` is among the object's owners. It compares uids. */
export function isOwnedBy(object: Owned, owner: Owner): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && object.metadata?.ownerReferences?.some((reference) => reference.uid === uid) === true;
}

/**
 * Puts a reference into the object (a draft, an object about to be created), in place of one to the same group, kind and name if
 * there is one. Returns whether anything changed. Throws a `FormatError` when another owner already manages the object and the new one
 * is to manage it too: the server would refuse both.
 */
export function setOwnerReference(object: KubeObject, reference: OwnerReference): boolean {
  object.metadata ??= {};
  const references = object.metadata.ownerReferences ?? [];
  const at = references.findIndex((other) => sameOwner(other, reference));
  const rival = controllerOf(object);
  if (reference.controller === true && rival !== undefined && !sameOwner(rival, reference)) {
    throw new FormatError(
      'owner reference',
      `the object is already managed by ${rival.kind} ${rival.name}; only one owner can be its controller`,
    );
  }
  const current = references[at];
  if (current !== undefined && sameReference(current, reference)) return false;
  if (current === undefined) references.push(reference);
  else references[at] = reference;
  object.metadata.ownerReferences = references;
  return true;
}

/**
 * Makes `owner` the one owner that manages `object` (a draft, an object about to be created). Returns whether anything changed. Throws a
 * `FormatError` when another owner manages it, when `owner` is not as the server returned it, or when it lives in another
 * namespace: garbage collection would delete the object at once.
 */
export function setControllerReference(
  object: KubeObject,
  owner: Owner,
  options: ControllerReferenceOptions = {},
): boolean {
  const home = owner.metadata?.namespace;
  if (home !== undefined && home !== object.metadata?.namespace) {
    const where = object.metadata?.namespace;
    throw new FormatError(
      'owner reference',
      `an owner in namespace ${home} cannot own an object ${where === undefined ? 'without a namespace' : `in namespace ${where}`}`,
    );
  }
  return setOwnerReference(object, controllerReference(owner, options));
}

/** The same owner whatever its version and uid: group, kind and name agree. */
function sameOwner(a: Readonly<OwnerReference>, b: Readonly<OwnerReference>): boolean {
  return a.kind === b.kind && a.name === b.name && groupOf(a) === groupOf(b);
}

function groupOf(reference: Readonly<OwnerReference>): string {
  return parseApiVersion(reference.apiVersion).group;
}

function sameReference(a: Readonly<OwnerReference>, b: Readonly<OwnerReference>): boolean {
  return (
    a.uid === b.uid &&
    a.apiVersion === b.apiVersion &&
    a.controller === b.controller &&
    a.blockOwnerDeletion === b.blockOwnerDeletion
  );
}
