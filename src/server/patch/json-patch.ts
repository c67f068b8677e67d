import type { JsonObject } from './json-value.js';
import { internal } from './patch-error.js';

/**
 * Applies a parsed JSON patch (RFC 6902) with kube-apiserver's leniencies. The object is not changed.
 *
 * Throws PatchError: 400 for what is no list of operations, 413 for more than 10,000 of them, 422 for what does not fit.
 */
export function applyJsonPatch(_object: JsonObject, _patch: unknown): unknown {
  throw internal('not there yet');
}

/** The fields of operations that JSON patch does not know, each as kube-apiserver names it: `json patch unknown field "[0].extra"`. */
export function unknownJsonPatchFields(_patch: unknown): string[] {
  return [];
}
