import { equal, isObject, type JsonObject, setOwn } from '../../util/json-value.js';
import type { Steps } from '../../util/steps.js';
import { type TextCache, textCache } from '../../util/text-cache.js';
import { type FieldManagerContext, ownedByCreation, trackUpdateSteps, withOwner } from './field-manager.js';
import { FieldSet } from './field-set.js';
import { shapeOf } from './shape.js';

/** The input for the ownership of a creation. */
export interface CreationRequest extends FieldManagerContext {
  /** The object as the client wants it, as for an update. */
  created: JsonObject;
  /** The form of an object of the kind in which nobody said anything: the same one for all creations, and never changed. */
  blank: JsonObject;
}

/** The fields that creations own in a part of an object, by the shape of the part and its subresource. */
const known = new WeakMap<JsonObject, TextCache<FieldSet>>();
const maxLength = 1024 * 1024;

/**
 * Writes managedFields for a creation: all of it belongs to this manager, but for what every new object of the kind has. Returns a new
 * object. Objects of a kind look much alike, so that what is owned in each part of one is known from others of the same shape.
 */
export function* trackCreation(request: CreationRequest): Steps<JsonObject> {
  const { created, blank } = request;
  const metadata = fieldsOf(created.metadata);
  const set = metadata.managedFields === undefined ? yield* ownedInParts(request) : undefined;
  if (set !== undefined) return yield* withOwner(request, created, set);
  const { metadata: tracked } = yield* trackUpdateSteps({ ...request, live: undefined, updated: said(created, blank) });
  const { managedFields } = fieldsOf(tracked);
  const { managedFields: _sent, ...rest } = metadata;
  return { ...created, metadata: managedFields === undefined ? rest : { ...rest, managedFields } };
}

/** Returns the owned fields, part by part, or undefined if a part of the object has no shape. */
function* ownedInParts({ created, ...request }: CreationRequest): Steps<FieldSet | undefined> {
  const { blank, filter, schema } = request;
  const shapes = known.get(blank) ?? textCache<FieldSet>(maxLength);
  known.set(blank, shapes);
  const door = filter === undefined ? '' : JSON.stringify(filter.without);
  let all = new FieldSet();
  for (const part of partsOf(created)) {
    const shape = shapeOf(part, schema);
    if (shape === undefined) return undefined;
    const key = `${door}${shape}`;
    let set = shapes.get(key);
    if (set === undefined) {
      set = yield* ownedByCreation({ ...request, updated: said(part, blank) });
      shapes.set(key, set);
    }
    all = all.union(set);
  }
  return all;
}

/**
 * The object in parts of which none has a say in what is owned in another: fields of the object and of its metadata that are objects or
 * lists, and all others together.
 */
function partsOf(object: JsonObject): JsonObject[] {
  const parts: JsonObject[] = [];
  const metadata: JsonObject = {};
  const others: JsonObject = { metadata };
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (key === 'apiVersion' || key === 'kind' || key === 'metadata') continue;
    if (typeof value === 'object' && value !== null) parts.push({ [key]: value });
    else setOwn(others, key, value);
  }
  for (const [key, value] of Object.entries(fieldsOf(object.metadata))) {
    if (typeof value === 'object' && value !== null) parts.push({ metadata: { [key]: value } });
    else setOwn(metadata, key, value);
  }
  parts.push(others);
  return parts;
}

/** Returns the part of a new object that its creator gave, without the fields that every object has. Its metadata is complete. */
function said(created: JsonObject, blank: JsonObject): JsonObject {
  return { ...withoutBlank(created, blank), metadata: created.metadata ?? {} };
}

/** An object without the fields in which it equals another. */
function withoutBlank(value: JsonObject, blank: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'kind' || key === 'apiVersion' || !Object.hasOwn(blank, key)) out[key] = inner;
    else if (isObject(inner) && isObject(blank[key])) {
      const rest = withoutBlank(inner, blank[key]);
      if (Object.keys(rest).length > 0) out[key] = rest;
    } else if (!equal(inner, blank[key])) out[key] = inner;
  }
  return out;
}

function fieldsOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
