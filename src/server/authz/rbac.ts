import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { Attributes, Authorizer, Decision, PolicyRule } from '../object/authorization.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { notFound } from '../object/status-error.js';
import type { UserInfo } from '../object/user.js';
import { afterPrefix, storageKey, storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import type { StorageWatch } from '../storage/storage.js';
import { allows, rulesOf } from './rules.js';

const group = 'rbac.authorization.k8s.io';
const version = 'v1';

/** One grant: rules, and in words who gives them. */
interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly source: string;
}

/** A binding as far as it is known without its role. */
interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly subjects: readonly { [field: string]: unknown }[];
  readonly roleRef: { [field: string]: unknown };
}

/** Bindings and roles, read from the store when they are first needed and again after one of them has changed. */
class Policy {
  readonly #roles = new Map<string, PolicyRule[] | undefined>();
  readonly #bindings = new Map<string, Promise<Binding[]>>();
  #watch: StorageWatch | undefined;
  #watched: Promise<void> | undefined;

  constructor(private readonly context: () => ServerContext) {}

  private get server(): ServerContext {
    return this.context();
  }

  async bindings(namespace: string): Promise<Binding[]> {
    await this.#followed();
    const known = this.#bindings.get(namespace) ?? this.#readBindings(namespace);
    this.#bindings.set(namespace, known);
    return known;
  }

  /** The rules of the role that is referred to; undefined where there is none. */
  async role(kind: string, namespace: string, name: string): Promise<PolicyRule[] | undefined> {
    await this.#followed();
    const resource = this.server.scheme.resource(group, version, kind === 'Role' ? 'roles' : 'clusterroles');
    if (resource === undefined) return undefined;
    const key = storageKey(resource, namespace, name);
    if (this.#roles.has(key)) return this.#roles.get(key);
    const { kv } = await this.server.storage.get(key);
    const rules = kv === undefined ? undefined : rulesOf(decodeStored(kv, resource).rules);
    this.#roles.set(key, rules);
    return rules;
  }

  #followed(): Promise<void> {
    this.#watched ??= this.#follow();
    return this.#watched;
  }

  /** Forgets what it knows when something of the group is written. */
  async #follow(): Promise<void> {
    const prefix = `/registry/${group}/`;
    const forget = (): void => {
      this.#roles.clear();
      this.#bindings.clear();
    };
    this.#watch = this.server.storage.watch(prefix, afterPrefix(prefix), await this.server.storage.revision(), {
      events: forget,
      ended: () => {
        forget();
        this.#watched = undefined;
      },
    });
    this.server.closing.addEventListener('abort', () => this.#watch?.close(), { once: true });
  }

  async #readBindings(namespace: string): Promise<Binding[]> {
    const plural = namespace === '' ? 'clusterrolebindings' : 'rolebindings';
    const resource = this.server.scheme.resource(group, version, plural);
    if (resource === undefined) return [];
    const { start, end } = storageRange(resource, namespace === '' ? undefined : namespace);
    const { kvs } = await this.server.storage.range(start, end);
    return kvs.map((kv) => bindingOf(decodeStored(kv, resource)));
  }
}

function bindingOf({ metadata, subjects, roleRef }: ServerObject): Binding {
  const { name = '', namespace = '' } = metadata;
  return { name, namespace, subjects: objectsOf(subjects), roleRef: fieldsOf(roleRef) };
}

/** Role-based access control: what the bindings in the store grant, by the rules of upstream's RBAC authorizer. */
export class RbacAuthorizer implements Authorizer {
  readonly #policy: Policy;

  /** `context` is asked for when the first question comes: the server it is part of may not be whole yet. */
  constructor(context: () => ServerContext) {
    this.#policy = new Policy(context);
  }

  async authorize(attributes: Attributes): Promise<Decision> {
    const errors: string[] = [];
    for (const namespace of scopes(attributes.resource?.namespace ?? '')) {
      for (const binding of await this.#policy.bindings(namespace)) {
        const grant = await this.#grant(binding, attributes.user, errors);
        if (grant?.rules.some((rule) => allows(rule, attributes)) === true)
          return { allowed: true, reason: `RBAC: allowed by ${grant.source}` };
      }
    }
    return { allowed: false, ...(errors.length === 0 ? {} : { reason: `RBAC: ${listed(errors)}` }) };
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<{ rules: PolicyRule[]; errors: string[] }> {
    const errors: string[] = [];
    const rules: PolicyRule[] = [];
    for (const scope of scopes(namespace)) {
      for (const binding of await this.#policy.bindings(scope))
        rules.push(...((await this.#grant(binding, user, errors))?.rules ?? []));
    }
    return { rules, errors };
  }

  /** The rules of the role that a binding refers to; undefined where there is none. */
  roleRules(kind: string, namespace: string, name: string): Promise<PolicyRule[] | undefined> {
    return this.#policy.role(kind, namespace, name);
  }

  async #grant(binding: Binding, user: UserInfo, errors: string[]): Promise<Grant | undefined> {
    const subject = binding.subjects.find((one) => isMeant(one, user, binding.namespace));
    if (subject === undefined) return undefined;
    const [kind, name] = [textOf(binding.roleRef.kind), textOf(binding.roleRef.name)];
    const rules = await this.#policy.role(kind, binding.namespace, name);
    if (rules === undefined) {
      const plural = kind === 'Role' ? 'role' : 'clusterrole';
      errors.push(notFound({ group, plural }, name).message);
      return undefined;
    }
    const from =
      binding.namespace === ''
        ? `ClusterRoleBinding ${JSON.stringify(binding.name)}`
        : `RoleBinding ${JSON.stringify(`${binding.name}/${binding.namespace}`)}`;
    return {
      rules,
      source: `${from} of ${kind} ${JSON.stringify(name)} to ${subjectText(subject, binding.namespace)}`,
    };
  }
}

function scopes(namespace: string): string[] {
  return namespace === '' ? [''] : ['', namespace];
}

function listed(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
}

function isMeant(subject: { [field: string]: unknown }, user: UserInfo, bindingNamespace: string): boolean {
  const name = textOf(subject.name);
  switch (subject.kind) {
    case 'User':
      return user.username === name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount': {
      const namespace = textOf(subject.namespace) || bindingNamespace;
      return namespace !== '' && user.username === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

function subjectText(subject: { [field: string]: unknown }, bindingNamespace: string): string {
  const name = textOf(subject.name);
  if (subject.kind !== 'ServiceAccount') return `${textOf(subject.kind)} ${JSON.stringify(name)}`;
  return `ServiceAccount ${JSON.stringify(`${name}/${textOf(subject.namespace) || bindingNamespace}`)}`;
}
