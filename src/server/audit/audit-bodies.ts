import { decodeUtf8 } from '../../util/bytes.js';
import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject, type JsonObject } from '../../util/json-value.js';
import { decodeObject } from '../../wire/protobuf/decode.js';
import { readYaml } from '../http/yaml.js';
import type { Attributes } from '../object/authorization.js';

/** Bodies above this size are left out of events: 10 MiB. */
export const maxAuditedBytes = 10 * 1024 * 1024;

/**
 * Returns whether the bodies of a request hold credentials: Secrets, tokens of service accounts, and tokens to review. They are never
 * recorded, whatever the policy says.
 */
export function isSensitive({ resource }: Attributes): boolean {
  if (resource === undefined) return false;
  switch (resource.group) {
    case '':
      if (resource.resource === 'serviceaccounts') return resource.subresource === 'token';
      return resource.resource === 'secrets';
    case 'authentication.k8s.io':
      return resource.resource === 'tokenreviews';
    default:
      return false;
  }
}

/** Decodes a body to record it. Returns undefined for text that is not an object, and for bodies that cannot be decoded. */
export async function auditedObject(body: Uint8Array, mediaType: string): Promise<JsonObject | undefined> {
  try {
    const value = await decoded(body, (mediaType.split(';')[0] ?? '').trim().toLowerCase());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes a JSON patch too, which is a list. */
export async function auditedPatch(body: Uint8Array, mediaType: string): Promise<JsonObject | undefined> {
  if (!mediaType.startsWith('application/json-patch+json')) return auditedObject(body, mediaType);
  try {
    // The field takes any JSON, as in kube-apiserver.
    return JSON.parse(decodeUtf8(body)) as JsonObject;
  } catch {
    return undefined;
  }
}

async function decoded(body: Uint8Array, mediaType: string): Promise<unknown> {
  if (mediaType === 'application/vnd.kubernetes.protobuf') return decodeObject(body);
  const text = decodeUtf8(body);
  if (mediaType.endsWith('yaml')) return (await readYaml(text)).value;
  return mediaType === '' || mediaType.endsWith('json') ? JSON.parse(text) : undefined;
}

/** Returns an object, list or table without the managed fields of its objects. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata, items, rows } = object;
  const plain: JsonObject = { ...object };
  if (isObject(metadata)) {
    const { managedFields: _, ...kept } = metadata;
    plain.metadata = kept;
  }
  if (Array.isArray(items)) plain.items = objectsOf(items).map(withoutManagedFields);
  if (textOf(object.kind) === 'Table' && Array.isArray(rows))
    plain.rows = objectsOf(rows).map((row) => ({ ...row, object: withoutManagedFields(fieldsOf(row.object)) }));
  return plain;
}
