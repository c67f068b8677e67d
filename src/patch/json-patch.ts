import { copy, equal, isObject, type JsonObject, maxDepth, nestsWithin, own, setOwn } from '../util/json-value.js';
import { goJsonKind, rewritten } from './go-format.js';
import { badRequest, PatchTestFailed, tooLarge, unprocessable } from './patch-error.js';

/** kube-apiserver's bounds: operations in one patch, and bytes that its `copy` operations may add up to. */
const maxOperations = 10_000;
const maxCopiedBytes = 3 * 1024 * 1024;

const fields = new Set(['op', 'path', 'from', 'value']);

/** Where an operation acts: the object or list, and the key or index in it. */
interface Place {
  container: JsonObject | unknown[];
  key: string;
}

/**
 * Applies a parsed JSON patch (RFC 6902) with kube-apiserver's leniencies:
 * - `replace` of a missing key adds it;
 * - `copy` from a missing key and `add` without a value write null;
 * - `test` takes a missing key for null;
 * - negative indexes count from the end;
 * - the text before the first `/` of a path is ignored.
 *
 * The objects and lists that an operation reached into are added to `reached`, if it is given.
 *
 * The object is not changed. Throws a PatchError: 400 if the patch is not a list of operations, 413 for more than 10,000 of them, 422 for
 * an operation that does not fit.
 */
export function applyJsonPatch(object: JsonObject, patch: unknown, reached?: Set<object>): unknown {
  const operations = decode(patch);
  let root: unknown = copy(object);
  let copied = 0;
  for (const operation of operations) {
    const value = own(operation, 'value') ?? null;
    switch (own(operation, 'op')) {
      case 'add':
        add(locate(root, operation, 'path', reached), copyWithin(value));
        break;
      case 'remove':
        remove(locate(root, operation, 'path', reached), own(operation, 'path'));
        break;
      case 'replace':
        if (own(operation, 'path') === '') root = replaceRoot(value);
        else replace(locate(root, operation, 'path', reached), copyWithin(value));
        break;
      case 'move': {
        const from = locate(root, operation, 'from', reached);
        const moved = read(from);
        remove(from, own(operation, 'from'));
        add(locate(root, operation, 'path', reached), moved);
        break;
      }
      case 'copy': {
        const source = read(locate(root, operation, 'from', reached));
        const target = locate(root, operation, 'path', reached);
        const made = reached === undefined ? copyWithin(source) : rewritten(source, reached);
        copied += JSON.stringify(made).length;
        if (copied > maxCopiedBytes) throw unprocessable();
        add(target, made);
        break;
      }
      case 'test': {
        const actual = own(operation, 'path') === '' ? root : read(locate(root, operation, 'path', reached));
        if (!nestsWithin(value) || !equal(actual, value)) throw new PatchTestFailed();
        if (reached !== undefined) reachAll(actual, reached);
        break;
      }
      default:
        throw unprocessable(`Unexpected kind: ${own(operation, 'op') ?? ''}`);
    }
  }
  // Checked once at the end: a check on every move would make many moves of a large value quadratic.
  if (!nestsWithin(root)) throw unprocessable();
  return root;
}

/** Copies a value. Throws a PatchError if it is nested too deeply. */
function copyWithin(value: unknown): unknown {
  if (!nestsWithin(value)) throw unprocessable();
  return copy(value);
}

/** The fields of operations that JSON patch does not know, each as kube-apiserver names it: `json patch unknown field "[0].extra"`. */
export function unknownJsonPatchFields(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, index) =>
    isObject(operation)
      ? Object.keys(operation)
          .filter((field) => !fields.has(field))
          .map((field) => `json patch unknown field "[${index}].${field}"`)
      : [],
  );
}

function decode(patch: unknown): JsonObject[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) throw undecodable(patch, 'value of type []handlers.jsonPatchOp');
  if (patch.length > maxOperations) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  }
  return patch.map((operation) => {
    if (operation === null) return {};
    if (!isObject(operation)) throw undecodable(operation, 'value of type handlers.jsonPatchOp');
    for (const field of ['op', 'path', 'from']) {
      const value = own(operation, field) ?? '';
      if (typeof value !== 'string') throw undecodable(value, `struct field jsonPatchOp.${field} of type string`);
    }
    return operation;
  });
}

function undecodable(value: unknown, what: string) {
  return badRequest(`error decoding patch: json: cannot unmarshal ${goJsonKind(value)} into Go ${what}`);
}

function locate(root: unknown, operation: JsonObject, field: 'path' | 'from', reached?: Set<object>): Place {
  const path = own(operation, field);
  if (typeof path !== 'string') throw unprocessable();
  const [, ...tokens] = path.split('/').map(decodeToken);
  const key = tokens.pop();
  let at = root;
  if (key === undefined || tokens.length >= maxDepth) throw unprocessable();
  for (const token of tokens) {
    if (!isContainer(at)) throw missing(operation, field);
    reached?.add(at);
    at = read({ container: at, key: token });
  }
  if (!isContainer(at)) throw missing(operation, field);
  reached?.add(at);
  return { container: at, key };
}

function reachAll(value: unknown, reached: Set<object>): void {
  if (!isContainer(value)) return;
  reached.add(value);
  for (const part of Object.values(value)) reachAll(part, reached);
}

/** An operation on what the object does not have. */
function missing(operation: JsonObject, field: 'path' | 'from'): Error {
  const [op, path] = [own(operation, 'op'), own(operation, field)];
  const what = op === 'move' || op === 'copy' ? `doc is missing ${field} path` : 'doc is missing path';
  const shown = op === 'add' || op === 'remove' ? JSON.stringify(path) : String(path);
  return unprocessable(`${op} operation does not apply: ${what}: ${shown}: missing value`);
}

/** RFC 6901: `~1` is `/`, `~0` is `~`, in one pass. */
function decodeToken(token: string): string {
  return token.replace(/~[01]/g, (found) => (found === '~1' ? '/' : '~'));
}

function isContainer(value: unknown): value is JsonObject | unknown[] {
  return Array.isArray(value) || isObject(value);
}

function read({ container, key }: Place): unknown {
  if (!Array.isArray(container)) return own(container, key) ?? null;
  return container[indexIn(key, container.length)];
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(indexIn(key, container.length + 1), 0, value);
}

function replace({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container[indexIn(key, container.length)] = value;
  else setOwn(container, key, value);
}

function replaceRoot(value: unknown): unknown {
  if (!isContainer(value) || !nestsWithin(value)) throw unprocessable();
  return copy(value);
}

function remove({ container, key }: Place, path: unknown): void {
  if (Array.isArray(container)) container.splice(indexIn(key, container.length), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else
    throw unprocessable(`error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`);
}

/** The place a list index means, counted from the end when negative. */
function indexIn(key: string, length: number): number {
  const index = /^[+-]?\d+$/.test(key) ? Number(key) : Number.NaN;
  const place = index < 0 ? index + length : index;
  if (!(place >= 0 && place < length)) throw unprocessable();
  return place;
}
