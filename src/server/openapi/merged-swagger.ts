import { equal, isObject, type JsonObject } from '../../util/json-value.js';

const prefix = '#/definitions/';

/**
 * Adds the paths of another server's OpenAPI v2 document that begin with `path`, and the definitions that they use. A definition that
 * the document has otherwise under the same name gets a new name.
 */
export function withSwagger(document: JsonObject, other: JsonObject, path: string): JsonObject {
  const paths = Object.entries(objectOf(other.paths)).filter(([name]) => name.startsWith(path) || `${name}/` === path);
  const [known, offered] = [objectOf(document.definitions), objectOf(other.definitions)];
  const names = new Map<string, string>();
  for (const name of namesUsed(Object.fromEntries(paths), offered)) names.set(name, freeName(name, known, offered));
  const renamed = (value: unknown): unknown => withNames(value, names);
  const definitions = [...names].map(([name, own]) => [own, renamed(offered[name])] as const);
  return {
    ...document,
    paths: sorted({
      ...Object.fromEntries(paths.map(([name, item]) => [name, renamed(item)])),
      ...objectOf(document.paths),
    }),
    definitions: sorted({ ...Object.fromEntries(definitions), ...known }),
  };
}

/** Returns the names of the definitions that a value refers to, and that these refer to in turn. */
function namesUsed(value: unknown, definitions: JsonObject): Set<string> {
  const used = new Set<string>();
  const open = referredIn(value);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name) || !Object.hasOwn(definitions, name)) continue;
    used.add(name);
    open.push(...referredIn(definitions[name]));
  }
  return used;
}

function referredIn(value: unknown): string[] {
  const text = JSON.stringify(value) ?? '';
  return [...text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name = '']) => name);
}

/** Returns the name itself where it is free or means the same, else the name with a number, as kube-aggregator numbers them. */
function freeName(name: string, known: JsonObject, offered: JsonObject): string {
  for (let number = 1; ; number++) {
    const own = number === 1 ? name : `${name}_v${number}`;
    if (!Object.hasOwn(known, own) || equal(known[own], offered[name])) return own;
  }
}

function withNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (key: string, part: unknown) => {
    if (key !== '$ref' || typeof part !== 'string' || !part.startsWith(prefix)) return part;
    const name = part.slice(prefix.length);
    return `${prefix}${names.get(name) ?? name}`;
  });
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
