import { isObject, type JsonObject, nestsWithin, own } from '../../util/json-value.js';
import { goJson } from '../go-format.js';
import type { Typed } from './apply-versions.js';
import { compare } from './comparison.js';
import { FieldSet } from './field-set.js';
import { toFieldSet } from './to-field-set.js';

/** Where client-side apply keeps what it applied last. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** kube-apiserver's bound for all annotations of an object, in bytes. */
const maxAnnotationBytes = 256 * 1024;

/**
 * The fields of the live object that client-side apply wrote and nobody has changed since: `kubectl apply --server-side` may
 * take them without a conflict, so that users can move over.
 */
export function lastAppliedFields(live: Typed, apiVersion: string): FieldSet {
  const text = annotationOf(live.value);
  if (text === undefined) return new FieldSet();
  const last = parse(text);
  if (last === undefined || last.apiVersion !== apiVersion) return new FieldSet();
  const { added, removed, modified } = compare(live.type, last, live.value);
  return toFieldSet(live.type, last).difference(modified).difference(added).difference(removed);
}

/** The object with the annotation brought up to date, if it has one; without it if it has grown too large. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  if (annotationOf(object) === undefined) return object;
  const metadata = objectOf(object.metadata);
  const annotations = {
    ...objectOf(metadata.annotations),
    [lastAppliedAnnotation]: `${goJson(withoutAnnotation(applied))}\n`,
  };
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(`${key}${value}`), 0);
  const { [lastAppliedAnnotation]: _, ...others } = annotations;
  return { ...object, metadata: { ...metadata, annotations: bytes > maxAnnotationBytes ? others : annotations } };
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const metadata = objectOf(applied.metadata);
  if (!isObject(metadata.annotations)) return applied;
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata.annotations;
  return { ...applied, metadata: { ...metadata, annotations } };
}

function annotationOf(object: JsonObject): string | undefined {
  const value = own(objectOf(objectOf(object.metadata).annotations), lastAppliedAnnotation);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && nestsWithin(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
