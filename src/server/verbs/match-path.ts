import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, type StatusError } from '../object/status-error.js';

/** 400: the body is about another namespace than the path. */
export function namespaceMismatch(): StatusError {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Makes sure that a body is about the object its path names, and fills in the namespace where it says none. */
export function matchPath(object: ServerObject, request: Operation): void {
  const { path, resource } = request;
  const name = object.metadata.name ?? '';
  if (name === '') {
    throw badRequest(
      `the name of the object (${path.name ?? ''} based on URL) was undeterminable: name must be provided`,
    );
  } else if (name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name ?? ''})`);
  }
  if (!resource.namespaced) return;
  const namespace = object.metadata.namespace ?? '';
  if (namespace !== '' && namespace !== path.namespace) throw namespaceMismatch();
  object.metadata.namespace = path.namespace;
}
