import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import { apiVersionOf, type KubeObject } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import type { Codec } from '../wire/index.js';
import type { Target } from './target.js';

/**
 * Checks an object about to be sent, and gives it with `apiVersion` and `kind`. Throws `InvalidRequestError` when it is none, is of
 * another kind, or belongs to another namespace than the handle. TypeScript sees some of this; data from YAML it does not.
 */
export function checkBody(
  body: unknown,
  target: Target,
  request: RequestContext,
): Record<string, unknown> & KubeObject {
  const { kind } = target.resource;
  const refuse = (message: string): never => {
    throw new InvalidRequestError(message, { request });
  };
  if (!isObject(body)) {
    return refuse(
      `the object is ${body === null ? 'null' : Array.isArray(body) ? 'an array' : typeof body}: pass the ${kind} to send`,
    );
  }
  const apiVersion = apiVersionOf(target.resource);
  if (body.apiVersion !== undefined && body.apiVersion !== apiVersion) {
    refuse(
      `the object's apiVersion is ${quote(body.apiVersion)}, but this handle is for ${apiVersion}: use the handle of its version`,
    );
  }
  if (body.kind !== undefined && body.kind !== kind) {
    refuse(`the object's kind is ${quote(body.kind)}, but this handle is for ${kind}: use the handle of its kind`);
  }
  const { metadata } = body;
  if (metadata !== undefined && !isObject(metadata)) refuse('metadata must be an object');
  // To a server, null and '' are as absent: YAML has `namespace:` with nothing after it, Go programs may write ''.
  const namespace = isObject(metadata) ? metadata.namespace || undefined : undefined;
  if (namespace !== undefined && namespace !== target.namespace) {
    refuse(
      target.namespace === undefined
        ? `${kind} is cluster-scoped: leave out metadata.namespace (${quote(namespace)})`
        : `the object's namespace is ${quote(namespace)}, but this handle is for ${quote(target.namespace)}: use .in(${quote(namespace)})`,
    );
  }
  return { ...body, apiVersion, kind };
}

/** The name in the object's metadata, or undefined. */
export function nameIn(body: KubeObject): unknown {
  return body.metadata?.name;
}

/** The object as bytes. Throws `InvalidRequestError` for what cannot be written (cycles, bigints). */
export function encodeBody(codec: Codec, body: unknown, request: RequestContext): Uint8Array {
  try {
    return codec.encode(body);
  } catch (cause) {
    const why = cause instanceof RangeError ? 'it is nested too deeply' : 'it holds a cycle or a value that is no data';
    throw new InvalidRequestError(`the object cannot be written: ${why}`, { request });
  }
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(typeof value);
}
