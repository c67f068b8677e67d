import type { Definition, DefinitionNames } from './definition.js';
import type { Condition } from './definition-conditions.js';

/** Which names a definition gets: those it asks for, unless another definition of its group has them already. */
export function acceptNames(
  { names, accepted }: Definition,
  others: readonly DefinitionNames[],
): { names: { [field: string]: unknown }; condition: Condition } {
  const resources = new Set(others.flatMap((one) => [one.plural, one.singular, ...one.shortNames]).filter(Boolean));
  const kinds = new Set(others.flatMap((one) => [one.kind, one.listKind]).filter(Boolean));
  let conflict: { reason: string; message: string } | undefined;
  const settle = (wanted: string, had: string, taken: ReadonlySet<string>, reason: string): string => {
    if (wanted === had || !taken.has(wanted)) return wanted;
    conflict = { reason, message: inUse(wanted) };
    return had;
  };
  const plural = settle(names.plural, accepted.plural, resources, 'PluralConflict');
  const singular = settle(names.singular, accepted.singular, resources, 'SingularConflict');
  let { shortNames } = names;
  const clashing = shortNames.filter((name) => !accepted.shortNames.includes(name) && resources.has(name));
  if (clashing.length > 0) {
    const message = clashing.length === 1 ? inUse(clashing[0] ?? '') : `[${clashing.map(inUse).join(', ')}]`;
    conflict = { reason: 'ShortNamesConflict', message };
    ({ shortNames } = accepted);
  }
  const kind = settle(names.kind, accepted.kind, kinds, 'KindConflict');
  const listKind = settle(names.listKind, accepted.listKind, kinds, 'ListKindConflict');
  return {
    names: {
      plural,
      ...(singular === '' ? {} : { singular }),
      ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
      kind,
      ...(listKind === '' ? {} : { listKind }),
      ...(names.categories.length === 0 ? {} : { categories: [...names.categories] }),
    },
    condition:
      conflict === undefined
        ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
        : { type: 'NamesAccepted', status: 'False', ...conflict },
  };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}
