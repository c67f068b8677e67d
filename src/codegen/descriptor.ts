import type { ApiFacts, ResourceFacts } from '../meta/api-facts.js';
import { groupVersion } from './document.js';
import { propertyName, quoted } from './module-names.js';

const VERBS: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The verbs among these that a client can ask for; a server may list others of its own. */
export function knownVerbs(verbs: readonly string[]): string[] {
  return verbs.filter((verb) => VERBS.includes(verb));
}

/** The descriptor constant of a kind. `type` is its type, such as `Resource<Pod, 'Namespaced', PodSubresources>`. */
export function descriptorText(api: ApiFacts, resource: ResourceFacts, name: string, type: string): string {
  const fields = [
    `group: ${quoted(api.group)}`,
    `version: ${quoted(api.version)}`,
    `kind: ${quoted(resource.kind)}`,
    `plural: ${quoted(resource.plural)}`,
    `singular: ${quoted(resource.singular)}`,
    `shortNames: ${list(resource.shortNames ?? [])}`,
    `categories: ${list(resource.categories ?? [])}`,
    `scope: ${quoted(resource.scope)}`,
    `verbs: ${list(knownVerbs(resource.verbs))}`,
    `subresources: ${subresourcesText(api, resource)}`,
  ];
  return `export const ${name}: ${type} = {\n${fields.map((field) => `  ${field},\n`).join('')}};\n`;
}

function subresourcesText(api: ApiFacts, { subresources = [] }: ResourceFacts): string {
  if (subresources.length === 0) return '{}';
  const lines = subresources.map(({ name, group = api.group, version = api.version, kind, verbs }) => {
    const gvk = `${groupVersion(group, version)}/${kind}`;
    return `    ${propertyName(name)}: { kind: ${quoted(gvk)}, verbs: ${list(knownVerbs(verbs))} },\n`;
  });
  return `{\n${lines.join('')}  }`;
}

function list(items: readonly string[]): string {
  return `[${items.map(quoted).join(', ')}]`;
}
