import type { ResourcePath } from '../object/server-context.js';

/**
 * The path's segments. Decoded before it is split, as the real server does: an escaped slash is a slash. Undefined for a path that
 * cannot be decoded. An empty segment stays, and leads nowhere, but for the one of a slash at the end.
 */
export function splitPath(path: string): string[] | undefined {
  try {
    const decoded = path.includes('%') ? decodeURIComponent(path) : path;
    const start = decoded.startsWith('/') ? 1 : 0;
    const end = decoded.length > start && decoded.endsWith('/') ? -1 : undefined;
    const inner = decoded.slice(start, end);
    return inner === '' ? [] : inner.split('/');
  } catch {
    return undefined;
  }
}

/**
 * Parses `/api/v1/namespaces/{ns}/pods/{name}/{subresource}` and its shorter forms. Returns undefined for other paths: discovery,
 * plumbing, or too many segments.
 */
export function parseResourcePath(segments: readonly string[]): ResourcePath | undefined {
  const core = segments[0] === 'api';
  if (!core && segments[0] !== 'apis') return undefined;
  const group = core ? '' : (segments[1] ?? '');
  const version = segments[core ? 1 : 2];
  if (version === undefined) return undefined;
  let rest = segments.slice(core ? 2 : 3);
  const watch = rest[0] === 'watch';
  if (watch) rest = rest.slice(1);
  if (rest.length === 0) return undefined;
  let namespace: string | undefined;
  // `/namespaces/x` and its subresources are about the namespace itself; anything longer is about something in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !(core && isNamespaceSubresource(rest))) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, ...sub] = rest;
  if (plural === undefined) return undefined;
  // Only proxy paths go on after the subresource.
  if (sub.length > 1 && sub[0] !== 'proxy') return undefined;
  return { group, version, namespace, plural, name, subresource: sub[0], watch };
}

function isNamespaceSubresource(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

/** Returns the segments of an old proxy path, such as `/api/v1/proxy/nodes/n/x`, in the order of today: `/api/v1/nodes/n/proxy/x`. */
export function presentPath(segments: readonly string[]): readonly string[] {
  const [api, version, proxy, ...rest] = segments;
  if (api !== 'api' || version !== 'v1' || proxy !== 'proxy') return segments;
  const isNode = rest[0] === 'nodes' && rest.length >= 2;
  const isNamespaced = rest[0] === 'namespaces' && (rest[2] === 'pods' || rest[2] === 'services') && rest.length >= 4;
  if (!isNode && !isNamespaced) return segments;
  const named = isNode ? 2 : 4;
  return [api, version, ...rest.slice(0, named), 'proxy', ...rest.slice(named)];
}

/** Paths that end with the verb `watch` or `proxy` name no resource. */
export function isBareVerb(segments: readonly string[]): boolean {
  const [first] = segments;
  const length = first === 'api' ? 3 : 4;
  if ((first !== 'api' && first !== 'apis') || segments.length !== length) return false;
  return segments[length - 1] === 'watch' || segments[length - 1] === 'proxy';
}
