import type { ObjectMeta } from '../../meta/index.js';
import { equal } from '../../util/json-value.js';

type OwnerReference = NonNullable<ObjectMeta['ownerReferences']>[number];

/** Drops owner references that come twice, with a warning. `when` says when they were found, such as ` after mutating admission happens`. */
export function dropRepeatedOwners(metadata: ObjectMeta, warnings: string[], when: string): void {
  const kept: OwnerReference[] = [];
  const repeated: string[] = [];
  for (const reference of metadata.ownerReferences ?? []) {
    if (kept.some((one) => equal(one, reference))) repeated.push(reference.uid);
    else kept.push(reference);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = kept;
  const advice = 'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24';
  const uids = repeated.join(', ');
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries${when}; ${advice}; please fix your requests; duplicate UID(s) observed: ${uids}`,
  );
}
