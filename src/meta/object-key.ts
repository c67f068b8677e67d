import { FormatError } from './format-error.js';

/** The key of an object among those of its resource: `namespace/name`, or `name` without a namespace. */
export type ObjectKey = string;

/** The parts of an object key. */
export interface ObjectKeyParts {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** The parts an object's key is made of, as its metadata holds them. */
export interface Named {
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
}

/** Returns the key of an object: `shop/web-0`, or `node-1` without a namespace. Throws a `FormatError` for an object without a name. */
export function keyOf(object: Named): ObjectKey {
  const { name, namespace } = object.metadata ?? {};
  if (!name) throw new FormatError('object key', 'the object has no metadata.name yet, so it has no key');
  return namespace ? `${namespace}/${name}` : name;
}

/** The key of these parts. */
export function formatKey(namespace: string | undefined, name: string): ObjectKey {
  return namespace ? `${namespace}/${name}` : name;
}

/** The parts of a key. Throws a `FormatError` for more than one slash or an empty part. */
export function parseKey(key: ObjectKey): ObjectKeyParts {
  const parts = key.split('/');
  const name = parts.at(-1);
  const namespace = parts.length === 2 ? parts[0] : undefined;
  if (parts.length > 2 || !name || namespace === '') {
    throw new FormatError('object key', `unexpected key format: ${JSON.stringify(key.slice(0, 320))}`);
  }
  return { namespace, name };
}
