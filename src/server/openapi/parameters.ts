import { impliedQuery } from '../../meta/api-actions.js';
import type { ActionFacts, PathFacts } from '../../meta/api-facts.js';

/** A parameter as OpenAPI v3 documents write it. */
export interface OpenApiParameter {
  name: string;
  in: 'path' | 'query';
  required?: true;
  schema: { type: string; uniqueItems: true };
}

/**
 * The parameters of a path and of its operations. What all operations of a path have in common stands with the path,
 * the rest with the operation, each by name.
 */
export function parametersOf(
  path: string,
  methods: PathFacts,
): { shared: OpenApiParameter[]; own: Map<string, OpenApiParameter[]> } {
  const all = new Map(Object.entries(methods).map(([method, facts]) => [method, queryOf(facts)]));
  const [first, ...others] = all.values();
  const common = [...(first ?? [])].filter(([name]) => others.every((query) => query.has(name)));
  const isCommon = new Set(common.map(([name]) => name));
  const own = new Map<string, OpenApiParameter[]>();
  for (const [method, query] of all) {
    const rest = [...query].filter(([name]) => !isCommon.has(name));
    if (rest.length > 0) own.set(method, rest.map(inQuery).sort(byName));
  }
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']): OpenApiParameter => {
    return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
  });
  return { shared: [...inPath, ...common.map(inQuery)].sort(byName), own };
}

function queryOf({ action, query = {} }: ActionFacts): Map<string, string> {
  return new Map([...Object.entries(impliedQuery(action)), ...Object.entries(query)]);
}

function inQuery([name, type]: readonly [string, string]): OpenApiParameter {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

/** By name; a name both in the path and in the query comes from the path first. */
function byName(a: OpenApiParameter, b: OpenApiParameter): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.in < b.in ? -1 : 1;
}
