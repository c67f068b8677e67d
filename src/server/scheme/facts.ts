import type { ApiFacts, FactsIndex, MetaFacts } from '../../meta/index.js';
import { factsText } from './api-facts-text.js';

const files = new Map<string, unknown>();

/** One file of the facts: read when first asked for and shared by all servers of the process; nobody changes it. */
function readFactsFile<T>(path: string): T {
  let parsed = files.get(path);
  if (parsed === undefined) {
    parsed = JSON.parse(factsText(path));
    files.set(path, parsed);
  }
  return parsed as T;
}

/** Which groups and versions there are. */
export function factsIndex(): FactsIndex {
  return readFactsFile<FactsIndex>('index.json');
}

/** The schemas all groups share. */
export function metaFacts(): MetaFacts {
  return readFactsFile<MetaFacts>('meta.json');
}

/** The facts of one group and version, which must be one of the index. */
export function apiFacts(group: string, version: string): ApiFacts {
  return readFactsFile<ApiFacts>(`${group === '' ? 'core' : group}/${version}.json`);
}
