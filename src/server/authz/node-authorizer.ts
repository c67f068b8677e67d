import { fieldsOf, listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject } from '../../util/json-value.js';
import type { Attributes, Authorizer, Decision, PolicyRule, ResourceAttributes } from '../object/authorization.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import type { UserInfo } from '../object/user.js';
import { storageKey, storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';
import { allows } from './rules.js';

const prefix = 'system:node:';
const nodesGroup = 'system:nodes';
const leaseNamespace = 'kube-node-lease';

const allowed: Decision = { allowed: true };
const refused = (reason?: string): Decision => ({ allowed: false, ...(reason === undefined ? {} : { reason }) });

/** The name of the node that a user is; undefined for all other users. */
function nodeOf({ username, groups }: UserInfo): string | undefined {
  return username.startsWith(prefix) && groups.includes(nodesGroup) ? username.slice(prefix.length) : undefined;
}

/**
 * kube-apiserver's `Node`: a kubelet may read what the pods on its node need, and write what is its own. What is related to what is read
 * from the store when a node asks.
 */
export class NodeAuthorizer implements Authorizer {
  /** `context` is asked for when the first question comes: the server it is part of may not be whole yet. */
  constructor(private readonly context: () => ServerContext) {}

  async authorize(attributes: Attributes): Promise<Decision> {
    const node = nodeOf(attributes.user);
    if (node === undefined) return refused();
    if (node === '') return refused(`unknown node for user ${JSON.stringify(attributes.user.username)}`);
    const { resource } = attributes;
    const own = resource === undefined ? undefined : await this.#decide(node, attributes.verb, resource);
    if (own !== undefined) return own;
    return (await nodeRules()).some((rule) => allows(rule, attributes)) ? allowed : refused();
  }

  rulesFor(user: UserInfo): Promise<{ rules: PolicyRule[]; errors: string[] }> {
    const errors = nodeOf(user) === undefined ? [] : ['node authorizer does not support user rule resolution'];
    return Promise.resolve({ rules: [], errors });
  }

  /** Undefined for what the rules of all nodes decide. */
  async #decide(node: string, verb: string, about: ResourceAttributes): Promise<Decision | undefined> {
    const { group, resource, subresource, namespace, name } = about;
    switch (group === '' ? resource : `${resource}.${group}`) {
      case 'secrets':
      case 'configmaps':
        return this.#reads(node, verb, about);
      case 'serviceaccounts':
        if (verb === 'get' && subresource === '') return this.#reads(node, verb, about);
        if (verb !== 'create' || name === '') return refused('can only create tokens for individual service accounts');
        if (subresource !== 'token') return refused('can only create token subresource of serviceaccount');
        return this.#related(node, about);
      case 'persistentvolumeclaims':
        if (subresource !== 'status') return this.#gets(node, verb, about);
        if (verb !== 'update' && verb !== 'patch') return refused('can only get/update/patch this type');
        return this.#related(node, about);
      case 'persistentvolumes':
      case 'resourceclaims.resource.k8s.io':
      case 'volumeattachments.storage.k8s.io':
        return this.#gets(node, verb, about);
      case 'leases.coordination.k8s.io':
        if (!writing.includes(verb)) return refused('can only get, create, update, patch, or delete a node lease');
        if (namespace !== leaseNamespace)
          return refused(`can only access leases in the ${JSON.stringify(leaseNamespace)} system namespace`);
        if (verb === 'create' || name === node) return allowed;
        return refused('can only access node lease with the same name as the requesting node');
      case 'csinodes.storage.k8s.io':
        if (!writing.includes(verb)) return refused('can only get, create, update, patch, or delete a CSINode');
        if (subresource !== '') return refused('cannot authorize CSINode subresources');
        if (verb === 'create' || name === node) return allowed;
        return refused('can only access CSINode with the same name as the requesting node');
      case 'resourceslices.resource.k8s.io':
        return this.#slices(node, verb, about);
      case 'nodes':
        return ownNode(node, verb, about);
      case 'pods':
        return this.#pods(node, verb, about);
      default:
        return undefined;
    }
  }

  #gets(node: string, verb: string, about: ResourceAttributes): Decision | Promise<Decision> {
    if (verb !== 'get') return refused('can only get individual resources of this type');
    if (about.subresource !== '') return refused('cannot get subresource');
    return this.#related(node, about);
  }

  #reads(node: string, verb: string, about: ResourceAttributes): Decision | Promise<Decision> {
    if (!reading.includes(verb)) return refused('can only read resources of this type');
    if (about.subresource !== '') return refused('cannot read subresource');
    if (about.namespace === '') return refused('can only read namespaced object of this type');
    return this.#related(node, about);
  }

  #slices(node: string, verb: string, about: ResourceAttributes): Decision | Promise<Decision> {
    if (about.subresource !== '') return refused('cannot authorize ResourceSlice subresources');
    if (verb === 'create') return allowed;
    if (writing.includes(verb)) return this.#related(node, about);
    if (!['watch', 'list', 'deletecollection'].includes(verb))
      return refused(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      );
    if (selects(about, 'spec.nodeName', node)) return allowed;
    return refused('can only list/watch/deletecollection resourceslices with nodeName field selector');
  }

  #pods(node: string, verb: string, about: ResourceAttributes): Decision | Promise<Decision> {
    const { subresource, name } = about;
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : refused();
    if (subresource === 'eviction') return verb === 'create' ? allowed : refused();
    if (subresource !== '') return refused();
    if (verb === 'create' || verb === 'delete') return allowed;
    if (verb === 'get') return this.#related(node, about);
    if (verb !== 'list' && verb !== 'watch') return refused();
    if (selects(about, 'spec.nodeName', node)) return allowed;
    if (name !== '') return this.#related(node, about);
    return refused('can only list/watch pods with spec.nodeName field selector');
  }

  async #related(node: string, about: ResourceAttributes): Promise<Decision> {
    if (about.name === '') return refused('No Object name found');
    if (await this.#isRelated(node, about)) return allowed;
    return refused(`no relationship found between node '${node}' and this object`);
  }

  async #isRelated(node: string, { group, resource, namespace, name }: ResourceAttributes): Promise<boolean> {
    switch (resource) {
      case 'pods':
      case 'volumeattachments':
      case 'resourceslices':
        return textOf(fieldsOf((await this.#get(group, resource, namespace, name))?.spec).nodeName) === node;
      case 'persistentvolumes':
        return this.#isClaimed(node, await this.#get('', resource, '', name));
      case 'secrets':
        return (await this.#podNeeds(node, namespace, resource, name)) || this.#volumeNeeds(node, namespace, name);
      default:
        return this.#podNeeds(node, namespace, resource, name);
    }
  }

  /** Reports whether a pod on the node needs an object of its namespace. Mirrors of static pods need nothing. */
  async #podNeeds(node: string, namespace: string, resource: string, name: string): Promise<boolean> {
    const pods = await this.#list('', 'pods', namespace);
    return pods.some(
      (pod) =>
        textOf(fieldsOf(pod.spec).nodeName) === node &&
        pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined &&
        needs(pod, resource, name),
    );
  }

  async #isClaimed(node: string, volume: ServerObject | undefined): Promise<boolean> {
    const { namespace, name } = fieldsOf(fieldsOf(volume?.spec).claimRef);
    return textOf(name) !== '' && this.#podNeeds(node, textOf(namespace), 'persistentvolumeclaims', textOf(name));
  }

  /** Reports whether a volume that a pod on the node claims needs a secret. */
  async #volumeNeeds(node: string, namespace: string, name: string): Promise<boolean> {
    for (const volume of await this.#list('', 'persistentvolumes', '')) {
      const claimed = textOf(fieldsOf(fieldsOf(volume.spec).claimRef).namespace);
      const found = [...secretRefs(volume.spec)].some(
        (one) => one.name === name && (one.namespace === '' ? claimed : one.namespace) === namespace,
      );
      if (found && (await this.#isClaimed(node, volume))) return true;
    }
    return false;
  }

  async #get(group: string, plural: string, namespace: string, name: string): Promise<ServerObject | undefined> {
    const { scheme, storage } = this.context();
    const resource = scheme.resource(group, 'v1', plural);
    if (resource === undefined) return undefined;
    const { kv } = await storage.get(storageKey(resource, namespace === '' ? undefined : namespace, name));
    return kv === undefined ? undefined : decodeStored(kv, resource);
  }

  async #list(group: string, plural: string, namespace: string): Promise<ServerObject[]> {
    const { scheme, storage } = this.context();
    const resource = scheme.resource(group, 'v1', plural);
    if (resource === undefined) return [];
    const { start, end } = storageRange(resource, namespace === '' ? undefined : namespace);
    return (await storage.range(start, end)).kvs.map((kv) => decodeStored(kv, resource));
  }
}

const reading = ['get', 'list', 'watch'];
const writing = ['get', 'create', 'update', 'patch', 'delete'];

function ownNode(node: string, verb: string, { subresource, name }: ResourceAttributes): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : refused();
  if (subresource !== '') return refused();
  if (['create', 'update', 'patch'].includes(verb)) return allowed;
  if (!reading.includes(verb)) return refused();
  if (name === node) return allowed;
  const what = name === '' ? 'all nodes' : `'${name}'`;
  return refused(`node '${node}' cannot read ${what}, only its own Node object`);
}

/** Reports whether a field selector requires this value of a field, beside any other requirement. */
function selects({ fieldSelector = '' }: ResourceAttributes, field: string, value: string): boolean {
  return fieldSelector.split(',').some((part) => part === `${field}=${value}` || part === `${field}==${value}`);
}

/** The rules for all nodes, which are those of the role `system:node`. */
async function nodeRules(): Promise<readonly PolicyRule[]> {
  const { clusterRoles } = await import('./bootstrap-policy.js');
  return clusterRoles.find(({ name }) => name === 'system:node')?.rules ?? [];
}

/** Reports whether a pod cannot run without an object of its namespace. */
function needs({ metadata, spec, status }: ServerObject, resource: string, name: string): boolean {
  const fields = fieldsOf(spec);
  switch (resource) {
    case 'secrets':
      return [...secretRefs(fields)].some((one) => one.name === name);
    case 'configmaps':
      return [...valuesOf(fields, configMapKeys)].some((one) => textOf(fieldsOf(one).name) === name);
    case 'serviceaccounts':
      return textOf(fields.serviceAccountName) === name;
    case 'persistentvolumeclaims':
      return objectsOf(fields.volumes).some((volume) =>
        volume.ephemeral === undefined
          ? textOf(fieldsOf(volume.persistentVolumeClaim).claimName) === name
          : `${metadata.name ?? ''}-${textOf(volume.name)}` === name,
      );
    case 'resourceclaims': {
      const made = objectsOf(fieldsOf(status).resourceClaimStatuses);
      const named = objectsOf(fields.resourceClaims);
      const extended = fieldsOf(fieldsOf(status).extendedResourceClaimStatus);
      return [...made, ...named, extended].some(({ resourceClaimName }) => textOf(resourceClaimName) === name);
    }
    default:
      return false;
  }
}

const configMapKeys = new Set(['configMap', 'configMapRef', 'configMapKeyRef']);
const secretKeys = new Set(['secretRef', 'secretKeyRef', 'imagePullSecrets', 'secret', 'azureFile']);

/** The secrets that a pod or volume names anywhere; the namespace is empty where it is not said. */
function* secretRefs(spec: unknown): Generator<{ name: string; namespace: string }> {
  for (const value of valuesOf(spec, secretKeys, 'SecretRef')) {
    for (const one of [value, ...listOf(value)]) {
      const { secretName, secretNamespace, name, namespace } = fieldsOf(one);
      const found = textOf(secretName) || textOf(name);
      if (found !== '') yield { name: found, namespace: textOf(secretNamespace) || textOf(namespace) };
    }
  }
}

/** The values of fields of these names, or with names that end so, however deep. */
function* valuesOf(value: unknown, names: ReadonlySet<string>, ending?: string): Generator<unknown> {
  if (Array.isArray(value)) for (const item of value) yield* valuesOf(item, names, ending);
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (names.has(key) || (ending !== undefined && key.endsWith(ending))) yield inner;
    yield* valuesOf(inner, names, ending);
  }
}
