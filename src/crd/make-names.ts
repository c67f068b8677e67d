import { dns1035LabelProblems, dns1123SubdomainProblems } from '../meta/index.js';
import type { CustomResourceNames } from './custom-resource-definition.js';
import type { DefinitionProblem } from './definition-error.js';

/** The parts that names are made of. */
interface NameOptions {
  readonly group: string;
  readonly kind: string;
  readonly plural?: string | undefined;
  readonly singular?: string | undefined;
  readonly listKind?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
}

/** The names of a kind, checked as the server does (apiextensions-apiserver, `ValidateCustomResourceDefinitionNames`). */
export function makeNames(options: NameOptions, problems: DefinitionProblem[]): CustomResourceNames {
  const { group, kind, shortNames = [], categories = [] } = options;
  const singular = options.singular ?? kind.toLowerCase();
  const plural = options.plural ?? pluralOf(singular);
  const listKind = options.listKind ?? `${kind}List`;
  const check = (path: string, found: readonly string[]): void => {
    for (const message of found) problems.push({ path, message });
  };
  check('group', group.includes('.') ? dns1123SubdomainProblems(group) : ['should be a domain with at least one dot']);
  check(
    'kind',
    /^[A-Z]/.test(kind) ? dns1035LabelProblems(kind.toLowerCase()) : ['should be in CamelCase, such as Website'],
  );
  check('listKind', dns1035LabelProblems(listKind.toLowerCase()));
  if (listKind === kind) check('listKind', ['cannot be the kind itself']);
  check('plural', dns1035LabelProblems(plural));
  check('singular', dns1035LabelProblems(singular));
  for (const [index, name] of shortNames.entries()) check(`shortNames[${index}]`, dns1035LabelProblems(name));
  for (const [index, name] of categories.entries()) check(`categories[${index}]`, dns1035LabelProblems(name));
  return {
    plural,
    singular,
    kind,
    listKind,
    ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
    ...(categories.length === 0 ? {} : { categories: [...categories] }),
  };
}

/** The regular English plural, which is what kubebuilder takes as well. */
function pluralOf(word: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
