import { compareElements, type PathElement } from './path-element.js';

/** A path from the root of an object to one of its fields or items. The empty path is the object itself, which nobody owns. */
export type FieldPath = readonly PathElement[];

/**
 * A set of field paths as a tree: each node has the elements that are members themselves, and those with members below. A parent does not
 * become a member because of its children. All operations except `insert` and `graft` leave the set as it is, and return the set itself
 * if they change nothing: most writes do not affect most of the owned fields.
 */
export class FieldSet {
  readonly members = new Set<PathElement>();
  readonly children = new Map<PathElement, FieldSet>();

  /** The set of these paths. */
  static of(...paths: FieldPath[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** Adds a path; the empty one is ignored. */
  insert(path: FieldPath): void {
    let at: FieldSet = this;
    for (const [depth, element] of path.entries()) {
      if (depth === path.length - 1) {
        at.members.add(element);
        return;
      }
      let child = at.children.get(element);
      if (child === undefined) {
        child = new FieldSet();
        at.children.set(element, child);
      }
      at = child;
    }
  }

  /** Puts a whole set below a path that has nothing below it. */
  graft(path: FieldPath, below: FieldSet): void {
    let at: FieldSet = this;
    for (const [depth, element] of path.entries()) {
      let child = at.children.get(element);
      if (child === undefined) {
        child = depth === path.length - 1 ? below : new FieldSet();
        at.children.set(element, child);
      }
      at = child;
    }
  }

  has(path: FieldPath): boolean {
    const [first, ...rest] = path;
    if (first === undefined) return false;
    return rest.length === 0 ? this.members.has(first) : this.below(first).has(rest);
  }

  get isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.isEmpty) return false;
    return true;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Returns the paths that are in either set. */
  union(other: FieldSet): FieldSet {
    if (other === this || other.isEmpty) return this;
    if (this.isEmpty) return other;
    const out = new FieldSet();
    for (const member of this.members) out.members.add(member);
    for (const member of other.members) out.members.add(member);
    let grown = out.members.size > this.members.size;
    for (const [element, child] of this.children) {
      const twin = other.children.get(element);
      const both = twin === undefined ? child : child.union(twin);
      if (both !== child) grown = true;
      out.children.set(element, both);
    }
    for (const [element, child] of other.children) {
      if (this.children.has(element)) continue;
      grown = true;
      out.children.set(element, child);
    }
    return grown ? out : this;
  }

  /** Returns the paths that are in both sets. */
  intersection(other: FieldSet): FieldSet {
    return this.#mapped(
      (member) => other.members.has(member),
      (element, child) => {
        const twin = other.children.get(element);
        return twin === undefined ? undefined : child.intersection(twin);
      },
    );
  }

  /** Returns the paths that are in this set and not in the other. Removing a parent leaves its children, and the other way round. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.#mapped(
      (member) => !other.members.has(member),
      (element, child) => {
        const twin = other.children.get(element);
        return twin === undefined ? child : child.difference(twin);
      },
    );
  }

  /** Returns the paths of this set that are neither in the other set nor below one of its paths. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.#mapped(
      (member) => !other.members.has(member),
      (element, child) => {
        if (other.members.has(element)) return undefined;
        const twin = other.children.get(element);
        return twin === undefined ? child : child.recursiveDifference(twin);
      },
    );
  }

  /** The set below an element, empty if there is none. */
  below(element: PathElement): FieldSet {
    return this.children.get(element) ?? new FieldSet();
  }

  /** All paths, parents before children, in the order of fieldsV1. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    for (const member of [...this.members].sort(compareElements)) yield [...prefix, member];
    for (const element of [...this.children.keys()].sort(compareElements)) {
      yield* this.below(element).paths([...prefix, element]);
    }
  }

  #mapped(
    keep: (member: PathElement) => boolean,
    map: (element: PathElement, child: FieldSet) => FieldSet | undefined,
  ): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) if (keep(member)) out.members.add(member);
    let same = out.members.size === this.members.size;
    for (const [element, child] of this.children) {
      const kept = map(element, child);
      if (kept !== child) same = false;
      if (kept !== undefined && !kept.isEmpty) out.children.set(element, kept);
    }
    return same ? this : out;
  }
}
