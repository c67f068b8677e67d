import { InvalidRequestError } from '../errors/index.js';

/** A function that keeps identity and metadata of an object, and of the rest what stands at these paths. */
export function projectionOf(paths: readonly string[]): (object: unknown) => unknown {
  const tree: Tree = { apiVersion: true, kind: true, metadata: true };
  for (const path of paths) grow(tree, path);
  return (object) => keep(object, tree);
}

/** Which children to keep: all of one (`true`) or again some. */
interface Tree {
  [name: string]: Tree | true;
}

function grow(tree: Tree, path: string): void {
  const names = path.split('.');
  if (names.some((name) => name === '' || name === '__proto__')) {
    throw new InvalidRequestError(
      `${JSON.stringify(path)} is no path: write names joined by dots, such as spec.nodeName`,
    );
  }
  let at = tree;
  for (const [i, name] of names.entries()) {
    const child = Object.hasOwn(at, name) ? at[name] : undefined;
    if (child === true) return;
    if (i === names.length - 1) {
      at[name] = true;
      return;
    }
    const next: Tree = child ?? {};
    at[name] = next;
    at = next;
  }
}

function keep(value: unknown, tree: Tree | true): unknown {
  if (tree === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => keep(element, tree));
  const kept: [string, unknown][] = [];
  for (const [name, child] of Object.entries(value)) {
    const below = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (below !== undefined) kept.push([name, keep(child, below)]);
  }
  return Object.fromEntries(kept);
}
