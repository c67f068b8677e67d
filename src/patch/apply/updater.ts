import { isObject, type JsonObject } from '../../util/json-value.js';
import type { Steps } from '../../util/steps.js';
import type { Versions } from './apply-versions.js';
import { type Comparison, compare } from './comparison.js';
import { ApplyConflict } from './conflict.js';
import { FieldSet } from './field-set.js';
import type { Managed, Ownership } from './managed.js';
import { merge } from './merge.js';
import { withNamedFields } from './named-fields.js';
import { reconcile } from './reconcile.js';
import { removeItems } from './remove-items.js';
import { toFieldSet } from './to-field-set.js';

/** Cuts a field set down to what may be owned through one door. */
export type Cut = (set: FieldSet) => FieldSet;

/**
 * Applies the rules of ownership (KEP-555): who owns what after a change, and what an applied configuration makes of an object. It works
 * in steps, each of which visits the whole object at most a few times.
 */
export class Updater {
  constructor(
    private readonly versions: Versions,
    private readonly cut: Cut,
  ) {}

  /**
   * The bookkeeping of a change that already happened: `manager` owns what was added or modified, nobody what was removed.
   * Changes `managed`.
   */
  *update(live: JsonObject, updated: JsonObject, managed: Managed, manager: string): Steps<void> {
    yield* this.#reconcile(live, managed);
    const changes = yield* this.#takeFromOthers(live, updated, managed, manager, true);
    yield;
    const before = managed.owners.get(manager)?.set ?? new FieldSet();
    const set = this.cut(before.difference(changes.removed).union(changes.modified).union(changes.added));
    this.#own(managed, manager, { set, apiVersion: this.versions.apiVersion, applied: false });
  }

  /**
   * Merges an applied configuration and removes what `manager` applied last time, doesn't apply now, and nobody else owns.
   * Changes `managed`. Throws ApplyConflict, unless forced, if that would change what others own.
   */
  *apply(live: JsonObject, applied: JsonObject, managed: Managed, manager: string, force: boolean): Steps<JsonObject> {
    yield* this.#reconcile(live, managed);
    const { type, value } = this.versions.typed(live);
    const merged = merge(type, value, applied);
    yield;
    const last = managed.owners.get(manager);
    const set = this.cut(toFieldSet(type, applied));
    managed.owners.set(manager, { set, apiVersion: this.versions.apiVersion, applied: true });
    yield;
    const object = isObject(merged) ? merged : {};
    // What was applied last time and is applied again keeps itself and all that it is in.
    const isKept =
      last?.apiVersion === this.versions.apiVersion && !hasNull(applied) && last.set.difference(set).isEmpty;
    yield;
    const result = isKept ? object : yield* this.#prune(object, managed, last);
    yield* this.#takeFromOthers(live, result, managed, manager, force);
    return result;
  }

  /** Takes what changed from all managers but one, and drops those with nothing left. Returns what changed. */
  *#takeFromOthers(
    live: JsonObject,
    updated: JsonObject,
    managed: Managed,
    manager: string,
    force: boolean,
  ): Steps<Comparison> {
    const byVersion = new Map<string, Comparison | undefined>();
    const changesAt = (apiVersion: string): Comparison | undefined => {
      if (!byVersion.has(apiVersion)) byVersion.set(apiVersion, this.#compareAt(live, updated, apiVersion));
      return byVersion.get(apiVersion);
    };
    const conflicts = new Map<string, FieldSet>();
    for (const [id, { set, apiVersion }] of managed.owners) {
      if (id === manager) continue;
      const changes = changesAt(apiVersion);
      yield;
      if (changes === undefined) {
        managed.owners.delete(id);
        continue;
      }
      const taken = set.intersection(changes.modified.union(changes.added));
      if (!taken.isEmpty) conflicts.set(id, taken);
      yield;
    }
    if (!force && conflicts.size > 0) throw new ApplyConflict(conflicts);
    for (const [id, ownership] of managed.owners) {
      if (id === manager) continue;
      const removed = changesAt(ownership.apiVersion)?.removed ?? new FieldSet();
      const set = ownership.set.difference(conflicts.get(id) ?? new FieldSet()).difference(removed);
      this.#own(managed, id, { ...ownership, set });
      yield;
    }
    if (managed.owners.get(manager)?.set.isEmpty) managed.owners.delete(manager);
    return changesAt(this.versions.apiVersion) ?? this.#compareTyped(live, updated);
  }

  #compareAt(live: JsonObject, updated: JsonObject, apiVersion: string): Comparison | undefined {
    if (apiVersion === this.versions.apiVersion) return this.#compareTyped(live, updated);
    const [before, after] = [this.versions.at(live, apiVersion), this.versions.at(updated, apiVersion)];
    if (before === undefined || after === undefined) return undefined;
    return this.#cutAll(compare(after.type, before.value, after.value));
  }

  #compareTyped(live: JsonObject, updated: JsonObject): Comparison {
    return this.#cutAll(compare(this.versions.typed(live).type, live, updated));
  }

  #cutAll({ added, removed, modified }: Comparison): Comparison {
    return { added: this.cut(added), removed: this.cut(removed), modified: this.cut(modified) };
  }

  #own(managed: Managed, id: string, ownership: Ownership): void {
    if (ownership.set.isEmpty) managed.owners.delete(id);
    else managed.owners.set(id, ownership);
  }

  /** Removes from the merged object what `last` holds and no manager (the applying one with its new set) owns. */
  *#prune(merged: JsonObject, managed: Managed, last: Ownership | undefined): Steps<JsonObject> {
    if (last === undefined || last.set.isEmpty) return merged;
    const at = this.versions.at(merged, last.apiVersion);
    if (at === undefined) return merged;
    const { type, value } = at;
    const without = removeItems(type, value, withNamedFields(last.set, type));
    yield;
    const owned = yield* this.#addBackOwned(value, objectOf(without), last.apiVersion, managed);
    const pruned = this.versions.at(owned, last.apiVersion)?.value;
    if (pruned === undefined) return merged;
    // Only what this manager had applied may go: what came by update or by default stays even if nobody owns it.
    const before = withNamedFields(toFieldSet(type, value), type);
    yield;
    const after = withNamedFields(toFieldSet(type, pruned), type);
    yield;
    const gone = before.difference(after).intersection(withNamedFields(last.set, type));
    yield;
    const result = objectOf(removeItems(type, value, gone));
    return this.versions.at(result, this.versions.apiVersion)?.value ?? merged;
  }

  /** Puts back what was pruned but is owned, one version after the other, that of the last apply first. */
  *#addBackOwned(merged: JsonObject, pruned: JsonObject, first: string, managed: Managed): Steps<JsonObject> {
    const byVersion = new Map<string, FieldSet>();
    for (const { set, apiVersion } of managed.owners.values()) {
      byVersion.set(apiVersion, byVersion.get(apiVersion)?.union(set) ?? set);
    }
    const versions = [...byVersion.keys()].sort((a, b) => Number(b === first) - Number(a === first));
    let [whole, part] = [merged, pruned];
    for (const apiVersion of versions) {
      const [all, kept] = [this.versions.at(whole, apiVersion), this.versions.at(part, apiVersion)];
      if (all === undefined || kept === undefined) continue;
      const { type, value } = all;
      const named = (set: FieldSet) => withNamedFields(set, type);
      const keep = named(toFieldSet(type, kept.value)).union(named(byVersion.get(apiVersion) ?? new FieldSet()));
      yield;
      whole = value;
      const gone = named(toFieldSet(type, value)).difference(keep);
      yield;
      part = objectOf(removeItems(type, value, gone));
      yield;
    }
    return part;
  }

  *#reconcile(live: JsonObject, managed: Managed): Steps<void> {
    for (const [id, ownership] of managed.owners) {
      const at = this.versions.at(live, ownership.apiVersion);
      if (at === undefined) managed.owners.delete(id);
      else managed.owners.set(id, { ...ownership, set: reconcile(ownership.set, at.type) });
      yield;
    }
  }
}

/** Reports whether a value has a null in it, which says that a field is to be absent. */
function hasNull(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  if (value === null) return true;
  return (Array.isArray(value) ? value : Object.values(value)).some(hasNull);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
