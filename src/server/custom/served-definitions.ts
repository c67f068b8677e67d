import { compareVersions } from '../../meta/version-order.js';
import type { CustomApi, ServedResource, ServerContext } from '../object/server-context.js';
import { ConversionWebhook } from './conversion-webhook.js';
import { apiFactsOf, resourceFacts } from './custom-facts.js';
import { customResource, DefinedKind } from './custom-kind.js';
import type { Definition, DefinitionVersion } from './definition.js';
import { hasRules } from './has-rules.js';
import type { RuleChecker } from './rule-checker.js';

/** A served definition: its resources by version, and the signal that ends their watches. */
interface Served {
  readonly resources: ReadonlyMap<string, ServedResource>;
  readonly ending: AbortController;
  /** Changes without the resources being made anew. */
  readonly state: { terminating: boolean };
}

/** Keeps a scheme's custom resources in step with the definitions. */
export class ServedDefinitions {
  readonly #served = new Map<string, Served>();

  constructor(private readonly server: ServerContext) {}

  /** Serves these definitions and no others. What did not change goes on as it is; watches on what did change end. */
  async update(definitions: readonly Definition[]): Promise<void> {
    const wanted = new Set<string>();
    const ended: Served[] = [];
    for (const definition of definitions) {
      const id = `${definition.uid}/${definition.generation}/${definition.name}`;
      wanted.add(id);
      const served = this.#served.get(id) ?? (await serve(definition, this.server));
      served.state.terminating = definition.terminating;
      this.#served.set(id, served);
    }
    for (const [id, served] of this.#served) {
      if (wanted.has(id)) continue;
      this.#served.delete(id);
      ended.push(served);
    }
    this.server.scheme.setCustom(
      apisOf(definitions, (one) => this.#served.get(`${one.uid}/${one.generation}/${one.name}`)),
    );
    for (const { ending } of ended) ending.abort();
  }
}

async function serve(definition: Definition, server: ServerContext): Promise<Served> {
  const ending = new AbortController();
  const state = { terminating: definition.terminating };
  const resources = new Map<string, ServedResource>();
  const storage = definition.versions.find((version) => version.storage);
  const { conversion } = definition;
  const webhook = conversion === undefined ? undefined : new ConversionWebhook(server, conversion);
  for (const version of definition.versions) {
    if (!version.served) continue;
    const kind = new DefinedKind(
      definition,
      version,
      storage ?? version,
      ending.signal,
      () => state.terminating,
      await rulesOf(version),
      webhook,
    );
    resources.set(version.name, customResource(definition, version, kind));
  }
  return { resources, ending, state };
}

/** Returns the checker of a version's rules, or undefined. The module is loaded only for versions with rules. */
async function rulesOf({ schema }: DefinitionVersion): Promise<RuleChecker | undefined> {
  if (!hasRules(schema)) return undefined;
  const { ruleChecker } = await import('./cel-rules.js');
  return ruleChecker(schema);
}

/** The groups and versions of all definitions, groups by name, the versions of each in discovery's order. */
function apisOf(definitions: readonly Definition[], servedAs: (one: Definition) => Served | undefined): CustomApi[] {
  const members = new Map<string, { group: string; version: string; kinds: Member[] }>();
  for (const definition of [...definitions].sort((a, b) => (a.names.plural < b.names.plural ? -1 : 1))) {
    for (const version of definition.versions) {
      const resource = servedAs(definition)?.resources.get(version.name);
      if (resource === undefined) continue;
      const id = `${definition.group}/${version.name}`;
      const api = members.get(id) ?? { group: definition.group, version: version.name, kinds: [] };
      members.set(id, api);
      api.kinds.push({ definition, version, resource });
    }
  }
  return [...members.values()]
    .sort((a, b) => (a.group === b.group ? compareVersions(a.version, b.version) : a.group < b.group ? -1 : 1))
    .map(({ group, version, kinds }) => ({
      facts: apiFactsOf(
        group,
        version,
        kinds.map((one) => ({ ...one, schema: one.resource.schema })),
      ),
      resources: new Map(
        kinds.map(({ definition, version: served, resource }) => [
          resource.plural,
          { ...resource, facts: resourceFacts(definition, served) },
        ]),
      ),
    }));
}

interface Member {
  readonly definition: Definition;
  readonly version: DefinitionVersion;
  readonly resource: ServedResource;
}
