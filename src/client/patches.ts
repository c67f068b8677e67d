import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { KubeObject } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import type { JsonPatchOperation, StepsFor } from './pointer-check.js';

export type { JsonPatchOperation, JsonPointer } from './pointer-check.js';

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

/** Refuses steps that no server takes. Errors name the step and its path, and never its value. */
export function checkJsonPatch(steps: unknown, request: RequestContext): void {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    const problem = stepProblem(step);
    if (problem !== undefined) {
      throw new InvalidRequestError(`cannot use step ${index} of the JSON patch: ${problem}`, { request });
    }
  }
}

function stepProblem(step: unknown): string | undefined {
  if (!isObject(step)) return 'it is not an object. Pass { op, path, … }.';
  const { op, path, from } = step;
  if (!['add', 'replace', 'test', 'remove', 'move', 'copy'].includes(String(op))) {
    return `op is ${JSON.stringify(op)}. Use add, replace, test, remove, move or copy.`;
  }
  const moves = op === 'move' || op === 'copy';
  for (const [field, pointer] of moves
    ? [['path', path] as const, ['from', from] as const]
    : [['path', path] as const]) {
    if (typeof pointer !== 'string') return `${field} is missing. Pass a JSON pointer such as /metadata/labels/app.`;
    if (!/^(?:\/(?:[^~]|~[01])*)?$/s.test(pointer)) {
      return `${field} ${JSON.stringify(pointer)} is not a JSON pointer. Begin it with /, and write ~1 for / and ~0 for ~ in names.`;
    }
  }
  const needsValue = op === 'add' || op === 'replace' || op === 'test';
  return needsValue && step.value === undefined
    ? `${String(op)} needs a value. To remove a field, use op remove.`
    : undefined;
}

/**
 * A JSON patch (RFC 6902): steps in order, all or none. For any kind. Within `pods.patch(…)` each literal `path` and `from` is checked
 * against `Pod`.
 */
export function jsonPatch<
  T = unknown,
  const Steps extends readonly JsonPatchOperation[] = readonly JsonPatchOperation[],
>(operations: Steps & StepsFor<NoInfer<T>, Steps>): Patch<T> {
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
