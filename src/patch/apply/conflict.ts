import { goQuote } from '../../util/go-quote.js';
import { PatchError } from '../patch-error.js';
import { type FieldPath, FieldSet } from './field-set.js';
import { managerOf } from './managed.js';
import { showPath } from './path-element.js';

/** The fields that an apply would take from others, by manager key. */
export type Conflicts = ReadonlyMap<string, FieldSet>;

/** Thrown inside the apply engine, so that it can still be asked which fields are meant; leaves it as a PatchError. */
export class ApplyConflict extends Error {
  override readonly name = 'ApplyConflict';

  constructor(readonly conflicts: Conflicts) {
    super('apply conflicts with other managers');
  }

  /** All fields in conflict, whoever owns them. */
  get fields(): FieldSet {
    return [...this.conflicts.values()].reduce((all, set) => all.union(set), new FieldSet());
  }

  /** The conflicts without these fields. */
  without(fields: FieldSet): ApplyConflict {
    const rest = [...this.conflicts].map(([id, set]) => [id, set.difference(fields)] as const);
    return new ApplyConflict(new Map(rest.filter(([, set]) => !set.isEmpty)));
  }

  /** 409 in kube-apiserver's words, with one cause per field and manager. */
  toPatchError(): PatchError {
    const found = [...this.conflicts.keys()].sort().map((id) => ({
      by: showManager(id),
      paths: [...(this.conflicts.get(id)?.paths() ?? [])].map((path: FieldPath) => showPath(path)),
    }));
    const causes = found.flatMap(({ by, paths }) =>
      paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field })),
    );
    const [only] = causes;
    const message =
      causes.length === 1 && only !== undefined
        ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
        : `Apply failed with ${causes.length} conflicts: ${found.map(showGroup).join('\n')}`;
    return new PatchError(409, 'Conflict', message, causes);
  }
}

function showGroup({ by, paths }: { by: string; paths: string[] }): string {
  return [`conflicts with ${by}:`, ...paths.map((path) => `- ${path}`)].join('\n');
}

/** A manager as messages name it: `"hpa" with subresource "scale" using apps/v1`. */
function showManager(id: string): string {
  const { manager, operation, apiVersion, subresource } = managerOf(id);
  const name = goQuote(manager ?? '');
  const door = subresource === undefined ? name : `${name} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${door} using ${apiVersion ?? ''}` : door;
}
