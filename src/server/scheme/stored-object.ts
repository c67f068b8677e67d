import { Buffer } from 'node:buffer';
import type { ManagedFieldsEntry, ObjectMeta } from '../../meta/index.js';
import { fieldsV1Json } from '../../patch/apply/fields-v1.js';
import { decodeUtf8, encodeUtf8 } from '../../util/bytes.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import type { KeyValue } from '../storage/storage.js';
import { conversionOf } from './conversion.js';
import { decodeKind } from './decode-object.js';

/*
 * Stored bytes are the object's JSON without kind, apiVersion and resourceVersion, metadata first: `{"metadata":{"name":…`.
 * Built-in kinds do not repeat what is the same for all their objects; custom resources have kind and apiVersion. An answer puts bytes before the stored ones:
 * lists and watches never parse what they send.
 */
export const storedStartLength = '{"metadata":{'.length;

/** The bytes to keep. The object must have a name. `resource` is what it is written as: needed for custom resources. */
export function encodeStored(object: ServerObject, resource?: ServedResource): Uint8Array {
  const { kind = '' } = object;
  const conversion = conversionOf(object.apiVersion ?? '', kind);
  const converted =
    conversion === undefined
      ? object
      : decodeKind(conversion.toStored(object), { apiVersion: conversion.storedVersion, kind });
  const kept = resource?.custom === undefined ? converted : resource.custom.toStored(converted);
  const { apiVersion, kind: keptKind, metadata, ...rest } = kept;
  const { resourceVersion: _resourceVersion, ...meta } = metadata;
  return encodeUtf8(
    `{"metadata":${metaJson(meta)}${tailJson(resource?.custom === undefined ? rest : { apiVersion, kind: keptKind, ...rest })}`,
  );
}

/** Returns the JSON after the first field of an object, from its comma or closing brace on. */
function tailJson(rest: JsonObject): string {
  const text = JSON.stringify(rest);
  return text === '{}' ? text.slice(1) : `,${text.slice(1)}`;
}

/**
 * The JSON of metadata. What is owned is often half of an object, and the same for many: its JSON is there already. It comes last in
 * metadata, as everywhere in the JSON form.
 */
function metaJson(meta: Omit<ObjectMeta, 'resourceVersion'>): string {
  const { managedFields, ...others } = meta;
  if (!Array.isArray(managedFields) || Object.keys(meta).at(-1) !== 'managedFields') return JSON.stringify(meta);
  const head = JSON.stringify(others).slice(0, -1);
  return `${head}${head === '{' ? '' : ','}"managedFields":[${managedFields.map(entryJson).join(',')}]}`;
}

function entryJson(entry: ManagedFieldsEntry): string {
  const { fieldsV1 } = entry;
  if (!isObject(fieldsV1)) return JSON.stringify(entry);
  const fields = Object.entries(entry).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return `"${name}":${name === 'fieldsV1' ? fieldsV1Json(fieldsV1) : JSON.stringify(value)}`;
  });
  return `{${fields.join(',')}}`;
}

/** The object behind a stored value, with its kind and its resourceVersion. */
export function decodeStored(kv: KeyValue, resource: ServedResource): ServerObject {
  const stored = JSON.parse(decodeUtf8(kv.value)) as { metadata: ObjectMeta; [field: string]: unknown };
  const { kind, apiVersion } = resource;
  const metadata = { ...stored.metadata, resourceVersion: String(kv.modRevision) };
  const object: ServerObject = { kind, apiVersion, ...stored, metadata };
  if (resource.custom !== undefined) return resource.custom.fromStored(object, kv.value);
  const conversion = conversionOf(apiVersion, kind);
  return conversion === undefined ? object : decodeKind(conversion.fromStored(object), { apiVersion, kind });
}

/** Objects that many requests look at, such as their namespace, each read once. */
const peeked = new WeakMap<KeyValue, ServerObject>();

/** The object behind a stored value, shared by all who look at it: nobody may change it. For what is asked for again and again. */
export function peekStored(kv: KeyValue, resource: ServedResource): Readonly<ServerObject> {
  let object = peeked.get(kv);
  if (object === undefined) {
    object = decodeStored(kv, resource);
    peeked.set(kv, object);
  }
  return object;
}

/** The bytes behind objects that have just been written, so that the answer need not make them again. */
const bytesBehind = new WeakMap<ServerObject, Uint8Array>();

/** The object as it was written at a revision, where its stored bytes are what would be sent. */
export function writtenObject(
  { metadata, ...rest }: ServerObject,
  revision: number,
  bytes: Uint8Array,
  resource: ServedResource,
): ServerObject {
  const object = { ...rest, metadata: { ...metadata, resourceVersion: String(revision) } };
  if (isSentAsStored(resource)) bytesBehind.set(object, bytes);
  return object;
}

/** The JSON of an object that has just been written; undefined for any other. */
export function writtenJson(object: ServerObject, resource: ServedResource): Uint8Array | undefined {
  const bytes = bytesBehind.get(object);
  if (bytes === undefined) return undefined;
  const [head, rest] = storedParts(bytes, Number(object.metadata.resourceVersion), objectHead(resource));
  return Buffer.concat([head, rest, newline]);
}

const newline = encodeUtf8('\n');

/**
 * Reports whether stored bytes can be sent unchanged. They cannot if the storage version differs, or if the schema may have changed
 * since.
 */
export function isSentAsStored({ apiVersion, kind, custom }: ServedResource): boolean {
  return custom === undefined && conversionOf(apiVersion, kind) === undefined;
}

/** The two parts of a stored object's JSON. `head` is how it begins: `objectHead`, or `{` where it carries no kind. */
export function storedParts(value: Uint8Array, revision: number, head: string): [Uint8Array, Uint8Array] {
  return [encodeUtf8(storedHead(head, revision)), value.subarray(storedStartLength)];
}

/** Returns the text before the stored bytes from `storedStartLength` on. */
export function storedHead(head: string, revision: number): string {
  return `${head}"metadata":{"resourceVersion":"${revision}",`;
}

/** Returns the first part of the JSON of an object that carries its kind. */
export function objectHead(resource: ServedResource): string {
  return `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(resource.apiVersion)},`;
}
