import type { ApiFacts, ResourceFacts, SubresourceFacts } from '../meta/api-facts.js';
import { CodegenError } from './api-source.js';
import { descriptorText, knownVerbs } from './descriptor.js';
import { docComment } from './doc-comment.js';
import { groupVersion } from './document.js';
import { folderOf, type GeneratedFile } from './facts-files.js';
import { HEADER } from './header.js';
import { MACHINERY } from './machinery-names.js';
import { type ApiModel, splitRef } from './model.js';
import { identifier, ModuleNames, propertyName, quoted } from './module-names.js';
import { referenceUrl } from './reference-url.js';
import type { TypeNodes } from './type-nodes.js';
import { INT_OR_STRING } from './type-shape.js';
import { declarationText, type TypeScope } from './type-text.js';

/** The options of a generated module. */
export interface ModuleOptions {
  /** Where `ObjectMeta`, `Resource` and their like are imported from, seen from a group's folder. */
  metaModule: string;
  /** Where built-in kinds are imported from that are not part of the model, such as the Scale of a custom resource. */
  k8sModule: string;
  /** If true, descriptions of kinds and fields in the source become doc comments. */
  descriptions: boolean;
}

/** A module and the names it exports: its types, and those of them that are values too. */
export interface Module {
  api: ApiFacts;
  file: GeneratedFile;
  types: readonly string[];
  values: ReadonlySet<string>;
}

/** The module of one group and version: its interfaces, and a descriptor per kind. */
export function writeModule(model: ApiModel, api: ApiFacts, types: TypeNodes, options: ModuleOptions): Module {
  const writer = new ModuleWriter(model, api, types, options);
  const file = { path: `${folderOf(api.group)}/${api.version}.ts`, text: writer.text() };
  return { api, file, types: writer.types(), values: writer.values };
}

/** The names a module declares for the schemas of its group and version, by short schema name, in the order of the facts. */
function declaredNames(api: ApiFacts): Map<string, string> {
  const names = new ModuleNames([]);
  return new Map(Object.keys(api.schemas).map((name) => [name, names.declare(identifier(name))]));
}

class ModuleWriter {
  /** The names that are values. */
  readonly values = new Set<string>();
  readonly #place: string;
  readonly #names: ModuleNames;
  readonly #declared: Map<string, string>;
  /** Declarations in the order they are to appear, by local name. */
  readonly #out = new Map<string, string>();
  /** Descriptors, by the local name of their type. */
  readonly #constants = new Map<string, string>();
  readonly #model: ApiModel;
  readonly #api: ApiFacts;
  readonly #types: TypeNodes;
  readonly #options: ModuleOptions;

  constructor(model: ApiModel, api: ApiFacts, types: TypeNodes, options: ModuleOptions) {
    this.#model = model;
    this.#api = api;
    this.#types = types;
    this.#options = options;
    this.#place = groupVersion(api.group, api.version);
    this.#declared = declaredNames(api);
    const subresources = api.resources.filter((resource) => typed(resource, api).length > 0);
    const extra = subresources.map((resource) => `${this.#typeOf(resource)}Subresources`);
    this.#names = new ModuleNames([...this.#declared.values(), ...extra]);
  }

  text(): string {
    for (const [name, facts] of Object.entries(this.#api.schemas)) {
      const local = this.#declared.get(name) ?? name;
      const resource = this.#api.resources.find((one) => this.#typeOf(one) === local);
      const node = this.#types.nodes.get(`${this.#place}.${name}`);
      if (node === undefined) continue;
      const at = this.#out.size;
      const body = declarationText(this.#scope(), local, node, facts);
      const described = this.#describe(`${this.#place}.${name}`, resource);
      this.#insert(at, local, `${described}${body}`);
      if (resource !== undefined) this.#addDescriptor(local, resource, described);
    }
    const body = [...this.#out].map(([name, text]) => `${text}${this.#constants.get(name) ?? ''}`).join('\n');
    const imports = this.#names.imports();
    return `${HEADER}${imports.length > 0 ? `${imports.join('\n')}\n\n` : ''}${body === '' ? 'export {};\n' : body}`;
  }

  /** The names of all types written. */
  types(): string[] {
    return [...this.#out.keys()];
  }

  /** Puts a declaration before those that were hoisted out of it. */
  #insert(at: number, name: string, text: string): void {
    const later = [...this.#out].slice(at);
    for (const [key] of later) this.#out.delete(key);
    this.#out.set(name, text);
    for (const [key, value] of later) this.#out.set(key, value);
  }

  #scope(): TypeScope {
    return {
      ts: this.#types.ts,
      nameOf: (fullName) => {
        const ref = fullName === INT_OR_STRING ? 'meta.IntOrString' : this.#model.refs.get(fullName);
        return ref === undefined ? 'unknown' : this.#nameOf(ref);
      },
      hoist: (wish, write) => {
        const name = this.#names.declare(wish);
        const at = this.#out.size;
        const text = write(name);
        this.#insert(at, name, text);
        return name;
      },
      describe: (facts) =>
        this.#options.descriptions && facts !== undefined ? this.#model.descriptions.get(facts) : undefined,
    };
  }

  /** The local name of a schema, imported or, for shared machinery nobody wrote by hand, declared here on first use. */
  #nameOf(ref: string): string {
    const { place, name } = splitRef(ref);
    if (place !== 'meta' && !this.#model.sources.has(ref)) {
      throw new CodegenError(`The schema ${ref} is referred to but is in no document`);
    }
    if (place === this.#place) return this.#declared.get(name) ?? identifier(name);
    if (place !== 'meta') {
      const api = this.#model.apis.find(({ group, version }) => groupVersion(group, version) === place);
      if (api === undefined) return 'unknown';
      return this.#names.imported(`../${folderOf(api.group)}/${api.version}.js`, identifier(name));
    }
    const written = MACHINERY.get(name);
    if (written !== undefined) return this.#names.imported(this.#options.metaModule, written);
    const known = this.#declared.get(ref);
    if (known !== undefined) return known;
    const local = this.#names.declare(identifier(name));
    this.#declared.set(ref, local);
    const node = this.#types.nodes.get(ref);
    if (node !== undefined) {
      const at = this.#out.size;
      this.#insert(at, local, declarationText(this.#scope(), local, node, this.#model.schemas.get(ref)));
    }
    return local;
  }

  #describe(ref: string, resource: ResourceFacts | undefined): string {
    const facts = this.#model.schemas.get(ref);
    const prose = this.#options.descriptions && facts !== undefined ? this.#model.descriptions.get(facts) : undefined;
    const url = resource === undefined ? undefined : referenceUrl(this.#model.index, this.#api, resource.kind);
    const text = [prose, url].filter((part) => part !== undefined).join('\n\n');
    return text === '' ? '' : docComment(text);
  }

  #addDescriptor(local: string, resource: ResourceFacts, described: string): void {
    const meta = (name: string) => this.#names.imported(this.#options.metaModule, name);
    const subresources = typed(resource, this.#api);
    const parameters = [local, `'${resource.scope}'`];
    if (isCreateOnly(resource)) {
      parameters.push(meta('CreateOnly'));
    } else if (subresources.length > 0) {
      parameters.push(`${local}Subresources`);
      let text = `/** The subresources of {@link ${local}} that take an object or carry bytes. */\n`;
      text += `export interface ${local}Subresources {\n`;
      for (const sub of subresources) {
        const verbs = knownVerbs(sub.verbs).map(quoted).join(' | ') || 'never';
        text += `  ${propertyName(sub.name)}: ${meta('Subresource')}<${this.#objectOf(sub)}, ${verbs}>;\n`;
      }
      for (const { name } of (resource.subresources ?? []).filter((sub) => !subresources.includes(sub))) {
        text += `  ${propertyName(name)}: ${meta('ByteSubresource')};\n`;
      }
      this.#out.set(`${local}Subresources`, `${text}}\n`);
    }
    const type = `${meta('Resource')}<${parameters.join(', ')}>`;
    this.#constants.set(local, `\n${described}${descriptorText(this.#api, resource, local, type)}`);
    this.values.add(local);
  }

  #objectOf(sub: SubresourceFacts): string {
    const group = sub.group ?? this.#api.group;
    const version = sub.version ?? this.#api.version;
    const ref = refOfKind(this.#model, group, version, sub.kind);
    if (ref !== undefined) return this.#nameOf(ref);
    const { k8sModule, metaModule } = this.#options;
    if (!isBuiltIn(group) || identifier(sub.kind) !== sub.kind) return this.#names.imported(metaModule, 'KubeObject');
    return this.#names.imported(`${k8sModule}/${folderOf(group)}/${version}`, sub.kind);
  }

  #typeOf(resource: ResourceFacts): string | undefined {
    const ref = refOfKind(this.#model, this.#api.group, this.#api.version, resource.kind);
    return ref === undefined ? undefined : this.#declared.get(splitRef(ref).name);
  }
}

/** Reports whether a group is one of Kubernetes' own. The groups of others have a domain of their own. */
export function isBuiltIn(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** Reports whether clients can only create a kind, such as reviews. A Binding has a name like any object, but is one of these. */
function isCreateOnly({ verbs, plural }: ResourceFacts): boolean {
  return verbs.length === 1 && verbs[0] === 'create' && plural !== 'bindings';
}

/** The subresources that take and give an object: neither connections nor text. */
function typed(resource: ResourceFacts, api: ApiFacts): SubresourceFacts[] {
  const end = (name: string) => `/${resource.plural}/{name}/${name}`;
  const { subresources = [] } = resource;
  return subresources.filter(({ name }) =>
    Object.entries(api.paths).every(
      ([path, methods]) =>
        !path.endsWith(end(name)) ||
        Object.values(methods).every(({ action, returns }) => action !== 'connect' && returns !== 'string'),
    ),
  );
}

/** The schema of a kind, by the kinds that schemas name as theirs. */
function refOfKind(model: ApiModel, group: string, version: string, kind: string): string | undefined {
  const place = groupVersion(group, version);
  const gvk = `${place}/${kind}`;
  const here = model.apis.find((api) => api.group === group && api.version === version);
  for (const [name, { gvk: kinds = [] }] of Object.entries(here?.schemas ?? {})) {
    if (kinds.includes(gvk)) return `${place}.${name}`;
  }
  return undefined;
}
