import { InvalidRequestError, type RequestContext } from '../errors/index.js';
import { pathSegmentNameProblems, type Resource } from '../meta/index.js';
import { isObject } from '../util/json-value.js';

/** The kind that a handle is bound to, and the place of its objects. */
export interface Target {
  readonly resource: Resource;
  /** Absent: cluster scope, or all namespaces. */
  readonly namespace: string | undefined;
}

/** The path of the collection, or of one object and its subresource, segments encoded. */
export function pathOf(target: Target, name?: string, subresource?: string): string {
  const { resource, namespace } = target;
  const version = encodeURIComponent(resource.version);
  const root = resource.group === '' ? `/api/${version}` : `/apis/${encodeURIComponent(resource.group)}/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const part = subresource === undefined ? '' : `/${encodeURIComponent(subresource)}`;
  return `${root}${scope}/${encodeURIComponent(resource.plural)}${object}${part}`;
}

/** Refuses a value that is not a complete descriptor, such as a class, a name, or an import that does not exist. */
export function checkDescriptor(kind: unknown): asserts kind is Resource {
  const named =
    isObject(kind) && ['version', 'kind', 'plural'].every((field) => nameProblem(kind[field]) === undefined);
  const whole =
    named &&
    (kind.group === '' || nameProblem(kind.group) === undefined) &&
    (kind.scope === 'Namespaced' || kind.scope === 'Cluster') &&
    Array.isArray(kind.verbs) &&
    isObject(kind.subresources);
  if (!whole) {
    throw new InvalidRequestError(
      'this is not a kind: pass a descriptor, such as Pod from keelson/k8s, or use dynamic({ apiVersion, kind })',
    );
  }
}

/** Returns the description of a call, for errors. */
export function contextOf(target: Target, verb: string, name?: string, subresource?: string): RequestContext {
  const { resource, namespace } = target;
  return {
    verb,
    kind: resource.kind,
    resource: resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/**
 * Refuses a name that cannot stand in a path. Types do not help here: names come from outside, and `../x` would reach another
 * resource than the one asked for.
 */
export function checkName(name: unknown, what: 'name' | 'namespace', request: RequestContext): asserts name is string {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new InvalidRequestError(`the ${what} ${problem}`, { request });
}

function nameProblem(name: unknown): string | undefined {
  if (name === undefined) return 'is missing: pass the one you mean';
  if (typeof name !== 'string') return `must be a string, not ${name === null ? 'null' : typeof name}`;
  if (name === '') return 'is empty: pass the one you mean';
  const [problem] = /\p{Surrogate}/u.test(name)
    ? ['may not hold half a character (a lone surrogate)']
    : pathSegmentNameProblems(name);
  return problem === undefined ? undefined : `${JSON.stringify(name)} cannot stand in a URL path: it ${problem}`;
}

/** Refuses verbs that need a namespace where there is none, and the other way round. */
export function checkScope(target: Target, request: RequestContext): void {
  const { resource, namespace } = target;
  if (resource.scope === 'Namespaced' && namespace === undefined) {
    throw new InvalidRequestError(`${resource.kind} lives in a namespace: say which with .in(namespace)`, { request });
  }
}

/** `v1/Pod`, `policy/v1/Eviction`: the kind a subresource takes, in parts. */
export function parseKind(text: string): { group: string; version: string; kind: string } {
  const [kind = '', version = '', group = ''] = text.split('/').reverse();
  return { group, version, kind };
}
