import { type ApiSource, CodegenError } from './api-source.js';
import { groupVersion } from './document.js';

/** Where a schema belongs: its reference, and the place and short name that make it up. */
export interface Owner {
  /** `v1`, `apps/v1`, or `meta` for what all groups share. */
  place: string;
  /** `io.k8s.api.apps.v1` */
  package: string;
  /** `Deployment` */
  name: string;
}

const SHARED = 'io.k8s.apimachinery.';

/**
 * Finds the owner of every schema by the package that stands before its short name. A package belongs to the group and
 * version whose kinds carry it (`io.k8s.api.rbac.v1` to `rbac.authorization.k8s.io/v1`); one without kinds to the group
 * and version of the document it is in.
 */
export class Ownership {
  readonly #places = new Map<string, string>();
  readonly #main = new Map<string, string>();

  constructor(source: ApiSource) {
    for (const { document } of source.documents) {
      for (const [fullName, schema] of Object.entries(document.components?.schemas ?? {})) {
        const gvks = schema['x-kubernetes-group-version-kind'];
        const gvk = Array.isArray(gvks) && gvks.length === 1 ? gvks[0] : undefined;
        const { pack } = split(fullName);
        if (gvk === undefined || pack.startsWith(SHARED) || this.#places.has(pack)) continue;
        this.#claim(pack, groupVersion(gvk.group, gvk.version));
      }
    }
    for (const { group, version, document } of source.documents) {
      for (const fullName of Object.keys(document.components?.schemas ?? {})) {
        const { pack } = split(fullName);
        if (!pack.startsWith(SHARED) && !this.#places.has(pack)) this.#claim(pack, groupVersion(group, version));
      }
    }
  }

  #claim(pack: string, place: string): void {
    this.#places.set(pack, place);
    if (!this.#main.has(place)) this.#main.set(place, pack);
  }

  /** The owner of a schema by its full name. Throws a `CodegenError` for a name that is in no document. */
  of(fullName: string): Owner {
    const { pack, name } = split(fullName);
    const place = pack.startsWith(SHARED) ? 'meta' : this.#places.get(pack);
    if (place === undefined) throw new CodegenError(`The schema ${fullName} is referred to but is in no document`);
    return { place, package: pack, name };
  }

  /** Reports whether a schema has an owner. */
  knows(fullName: string): boolean {
    const { pack } = split(fullName);
    return pack.startsWith(SHARED) || this.#places.has(pack);
  }

  /** Every place that owns a schema, `meta` aside. */
  places(): Iterable<string> {
    return this.#main.keys();
  }

  /** The package most schemas of a place carry; empty where it owns none. */
  mainPackage(place: string): string {
    return place === 'meta' ? `${SHARED}pkg.apis.meta.v1` : (this.#main.get(place) ?? '');
  }
}

function split(fullName: string): { pack: string; name: string } {
  const dot = fullName.lastIndexOf('.');
  return { pack: fullName.slice(0, Math.max(dot, 0)), name: fullName.slice(dot + 1) };
}
