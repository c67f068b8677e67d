import { InvalidRequestError } from '../errors/index.js';
import { apiVersionOf, type KubeObject, type Resource } from '../meta/index.js';
import type { ApplySetOptions } from './apply-options.js';
import type { Discovery } from './discovery.js';

/** The label of the members of a set: the id of the set. */
export const PART_OF = 'applyset.kubernetes.io/part-of';
const ID = 'applyset.kubernetes.io/id';
const TOOLING = 'applyset.kubernetes.io/tooling';
const KINDS = 'applyset.kubernetes.io/contains-group-kinds';
const RESOURCES = 'applyset.kubernetes.io/contains-group-resources';
const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';
/** The label of definitions whose objects may be parents. */
export const PARENT_TYPE = 'applyset.kubernetes.io/is-parent-type';

/** With this tooling, kubectl takes the set for one of its own. */
const DEFAULT_TOOLING = 'kubectl/v1.36';

/** The kinds (`Deployment.apps`) and namespaces that hold objects of a set. */
export interface ApplySetScope {
  readonly kinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

/** The parent object of an apply set: where it is, what it says of the set, and who may change it. */
export class ApplySetParent {
  readonly resource: Resource;
  readonly name: string;
  /** Absent for a cluster-scoped kind. */
  readonly namespace: string | undefined;
  readonly tooling: string;
  /** The value of the members' label `applyset.kubernetes.io/part-of`. */
  readonly id: string;

  private constructor(resource: Resource, name: string, namespace: string | undefined, tooling: string, id: string) {
    this.resource = resource;
    this.name = name;
    this.namespace = namespace;
    this.tooling = tooling;
    this.id = id;
  }

  /** Finds the kind of the parent. `namespace` is where it is when the reference names none. */
  static async find(ref: string | ApplySetOptions, discovery: Discovery, namespace: string): Promise<ApplySetParent> {
    const { parent, namespace: own, tooling = DEFAULT_TOOLING } = typeof ref === 'string' ? { parent: ref } : ref;
    const slash = parent.indexOf('/');
    const [type, name] = slash === -1 ? ['secrets', parent] : [parent.slice(0, slash), parent.slice(slash + 1)];
    if (name === '') throw new InvalidRequestError('cannot use an apply set without a name: set applySet');
    const [resource] = await discovery.find(type);
    if (resource === undefined) {
      throw new InvalidRequestError(
        `cannot use the apply set ${parent}: the server has no resource ${type}. Name the parent as in configmaps/${name}.`,
      );
    }
    const place = resource.scope === 'Namespaced' ? (own ?? namespace) : undefined;
    return new ApplySetParent(resource, name, place, tooling, await setId(name, place ?? '', resource));
  }

  /** True for Secrets and ConfigMaps, which are created if need be. */
  get isBuiltIn(): boolean {
    const { group, plural } = this.resource;
    return group === '' && (plural === 'secrets' || plural === 'configmaps');
  }

  /** The manager that owns the fields of the parent: every tool has its own. */
  get manager(): string {
    return `${toolName(this.tooling)}-applyset`;
  }

  /** Reads the scope of the set from its parent. Throws an `InvalidRequestError` when the object is not the parent of this set. */
  scopeIn(object: KubeObject, discovery: Discovery): Promise<ApplySetScope> {
    const { labels = {}, annotations = {} } = object.metadata ?? {};
    const refuse = (why: string) => {
      const place = this.namespace === undefined ? this.name : `${this.namespace}/${this.name}`;
      return new InvalidRequestError(`cannot use ${this.resource.kind} ${place} as an apply set: ${why}`);
    };
    const tooling = annotations[TOOLING];
    if (tooling === undefined) throw refuse(`it exists and has no annotation ${TOOLING}. Choose another name.`);
    if (toolName(tooling) !== toolName(this.tooling)) {
      const tool = JSON.stringify(toolName(tooling));
      throw refuse(`the tool ${tool} manages it. Set the option tooling only to take over its part.`);
    }
    if (labels[ID] !== this.id) throw refuse(`its label ${ID} is ${labels[ID] ?? 'missing'}, and not ${this.id}.`);
    return this.#scope(annotations, discovery, refuse);
  }

  /** Returns the object to apply so that the parent tells of `scope`. */
  describing({ kinds, namespaces }: ApplySetScope): KubeObject {
    const additional = [...namespaces].filter((namespace) => namespace !== this.namespace).sort();
    return {
      apiVersion: apiVersionOf(this.resource),
      kind: this.resource.kind,
      metadata: {
        name: this.name,
        ...(this.namespace === undefined ? {} : { namespace: this.namespace }),
        labels: { [ID]: this.id },
        annotations: {
          [TOOLING]: this.tooling,
          [KINDS]: [...kinds].sort().join(','),
          [NAMESPACES]: additional.join(','),
        },
      },
    };
  }

  async #scope(
    annotations: { readonly [key: string]: string },
    discovery: Discovery,
    refuse: (why: string) => Error,
  ): Promise<ApplySetScope> {
    const namespaces = new Set(listed(annotations[NAMESPACES]));
    if (this.namespace !== undefined) namespaces.add(this.namespace);
    const kinds = annotations[KINDS];
    if (kinds !== undefined) return { kinds: new Set(listed(kinds)), namespaces };
    // Sets made by kubectl before 1.29 name resources.
    const resources = annotations[RESOURCES];
    if (resources === undefined) throw refuse(`it has no annotation ${KINDS}.`);
    const found = await Promise.all(listed(resources).map((name) => discovery.find(name)));
    return {
      kinds: new Set(found.flatMap(([resource]) => (resource === undefined ? [] : [kindName(resource)]))),
      namespaces,
    };
  }
}

/** Returns a kind as the annotation has it: `ConfigMap`, `Deployment.apps`. */
export function kindName({ kind, group }: Pick<Resource, 'kind' | 'group'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function toolName(tooling: string): string {
  const slash = tooling.lastIndexOf('/');
  return slash === -1 ? tooling : tooling.slice(0, slash);
}

function listed(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(',');
}

async function setId(name: string, namespace: string, { kind, group }: Resource): Promise<string> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update([name, namespace, kind, group].join('.')).digest('base64url');
  return `applyset-${hash}-v1`;
}
