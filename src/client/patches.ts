import type { KubeObject } from '../meta/index.js';

declare const target: unique symbol;

/** A change to an object of type `T`, made by `mergePatch`, `jsonPatch` or `strategicMergePatch`. */
export interface Patch<T = unknown> {
  /** The kind of patch; the content type follows from it. */
  readonly type: PatchType;
  readonly body: unknown;
  /** Type-level only: never present at run time. */
  readonly [target]?: (object: T) => void;
}

/** Which rules a patch goes by. */
export type PatchType = 'merge' | 'json' | 'strategic';

/** The content type of each sort of patch. Users never choose it. */
export const patchContentTypes: { readonly [type in PatchType]: string } = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/** Any part of `T`, where `null` removes a field. */
export type MergePatchBody<T> = unknown extends T ? { readonly [field: string]: unknown } : MergePatchPart<T> & object;

type MergePatchPart<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: MergePatchPart<T[K]> | null | undefined }
    : T;

/**
 * A JSON merge patch (RFC 7386): fields given replace those there, `null` removes, lists are replaced whole. For any kind. Within
 * `pods.patch(…)` the fields are checked against `Pod`.
 */
export function mergePatch<T = unknown>(patch: MergePatchBody<NoInfer<T>>): Patch<T> {
  return { type: 'merge', body: patch };
}

/** One step of a JSON patch. Paths are JSON pointers: `/metadata/labels/app.kubernetes.io~1name`. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** A JSON patch (RFC 6902): steps in order, all or none. For any kind. */
export function jsonPatch(operations: readonly JsonPatchOperation[]): Patch {
  return { type: 'json', body: operations };
}

/**
 * A strategic merge patch: as a merge patch, but lists whose items have a key (containers by `name`, ports by `containerPort`) are
 * merged item by item, and `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder`, `$retainKeys` steer it. Only for built-in kinds;
 * servers refuse it for custom resources.
 */
export function strategicMergePatch(patch: { readonly [field: string]: unknown } | KubeObject): Patch {
  return { type: 'strategic', body: patch };
}
