import { type Managed, managerId, secondsOf } from './managed.js';

/** The number of entries of updaters that an object keeps, as upstream. */
const maxUpdaters = 10;

/**
 * Merges the oldest entries of updaters into one per version, called `ancient-changes`, until at most ten remain. managedFields therefore
 * stays bounded however many writers an object has.
 */
export function capUpdaters(managed: Managed): void {
  const updaters = [...managed.owners].filter(([, { applied }]) => !applied).map(([id]) => id);
  let excess = updaters.length - maxUpdaters;
  if (excess <= 0) return;
  const time = (id: string) => secondsOf(managed.times.get(id));
  updaters.sort((a, b) => time(a) - time(b) || (a < b ? -1 : 1));
  const oldest = new Map<string, string>();
  for (const id of updaters) {
    if (excess <= 0) return;
    const ownership = managed.owners.get(id);
    if (ownership === undefined) continue;
    const { apiVersion } = ownership;
    const first = oldest.get(apiVersion);
    if (first === undefined) {
      oldest.set(apiVersion, id);
      continue;
    }
    const bucket = managerId({ manager: 'ancient-changes', operation: 'Update', apiVersion });
    const gathered = managed.owners.get(bucket) ?? managed.owners.get(first);
    if (!managed.owners.has(bucket)) managed.owners.delete(first);
    const set = gathered === undefined ? ownership.set : ownership.set.union(gathered.set);
    managed.owners.set(bucket, { ...ownership, set });
    if (id !== bucket) managed.owners.delete(id);
    moveTime(managed, id, bucket);
    excess--;
  }
}

/** The bucket is as old as the newest entry in it. */
function moveTime(managed: Managed, from: string, to: string): void {
  const time = managed.times.get(from);
  if (time === undefined) managed.times.delete(to);
  else managed.times.set(to, time);
}
