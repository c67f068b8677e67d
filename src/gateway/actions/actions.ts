import { DaemonSet, Deployment, StatefulSet } from '../../../generated/apps/v1.js';
import { Node } from '../../../generated/core/v1.js';
import type { QueryKind } from '../../browser/protocol.js';
import { InvalidRequestError } from '../../errors/index.js';
import { apiVersionOf, type KubeObject, type Resource } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import { problemsOf } from '../client-messages.js';
import type { GatewayCluster } from '../gateway-cluster.js';
import type { Caller } from '../gateway-user.js';
import { fieldConflict, refusal } from '../refusals.js';
import { type ActionName, actionParams, type ParamsOf } from './action-params.js';
import { mergeEdit } from './merge-edit.js';
import { preview } from './preview.js';

/** The name that the API server notes as the owner of written fields. */
const FIELD_MANAGER = 'keelson-gateway';
const DRAIN_TIMEOUT_MS = 600_000;

/** The circumstances of an action. */
export interface ActionContext {
  readonly user: Caller;
  readonly clusters: ReadonlyMap<string, GatewayCluster>;
  /** The actions and streams that the platform offers; undefined: all. */
  readonly offered: ReadonlySet<string> | undefined;
  /** Ends the action. */
  readonly signal: AbortSignal;
}

/** One action, with checked parameters, in one cluster. */
interface Work<N extends ActionName> extends ActionContext {
  readonly params: ParamsOf<N>;
  readonly cluster: GatewayCluster;
  /** The cluster with the user's rights. */
  readonly asUser: Cluster;
}

type Handlers = { readonly [N in ActionName]: (work: Work<N>) => Promise<unknown> };

const handlers: Handlers = {
  get: async (work) => (await clientOf(work)).get(work.params.name, { signal: work.signal }),
  create: async ({ params, signal, ...work }) => {
    const client = await clientFor(work, params.object, params.object.metadata.namespace);
    return client.create(params.object, { dryRun: params.dryRun, fieldManager: FIELD_MANAGER, signal });
  },
  apply: async ({ params, signal, ...work }) => {
    const client = await clientFor(work, params.object, params.object.metadata.namespace);
    const { force, dryRun } = params;
    return client.apply(params.object, { manager: FIELD_MANAGER, force, dryRun, signal });
  },
  edit: async ({ params, signal, ...work }) => {
    const { original, object, dryRun } = params;
    const { name, namespace, uid } = original.metadata;
    const client = await clientFor(work, original, namespace);
    const change = (newest: KubeObject) => {
      if (uid !== undefined && uid !== newest.metadata?.uid)
        throw refusal(409, `${original.kind} ${name} was deleted and made anew. Open it again.`);
      const { object: merged, conflicts } = mergeEdit(original, object, newest);
      if (conflicts.length > 0) throw fieldConflict(conflicts);
      // The API server checks the content.
      return merged as typeof newest;
    };
    return client.update(name, change, { dryRun, fieldManager: FIELD_MANAGER, signal });
  },
  scale: async (work) => {
    const { name, replicas } = work.params;
    return (await clientOf(work)).scale(name, replicas, { fieldManager: FIELD_MANAGER, signal: work.signal });
  },
  restart: async ({ params: { kind, namespace = '', name }, cluster, asUser, signal }) => {
    const resource = await cluster.kinds.find(kind);
    const found = [Deployment, StatefulSet, DaemonSet].find((one) => isSameKind(one, resource));
    if (found === undefined) throw new InvalidRequestError(`cannot restart a ${kind.kind}: it has no rollout`);
    const options = { fieldManager: FIELD_MANAGER, signal };
    if (found === Deployment) return asUser.resource(Deployment).in(namespace).restart(name, options);
    if (found === StatefulSet) return asUser.resource(StatefulSet).in(namespace).restart(name, options);
    return asUser.resource(DaemonSet).in(namespace).restart(name, options);
  },
  delete: async (work) => {
    const { name, propagation, gracePeriodSeconds, uid, dryRun } = work.params;
    const preconditions = uid === undefined ? undefined : { uid };
    const { signal } = work;
    const client = await clientOf(work);
    return client.delete(name, { propagation, gracePeriodSeconds, preconditions, dryRun, signal });
  },
  cordon: async (work) => (await nodesOf(work)).cordon(work.params.name, { signal: work.signal }),
  uncordon: async (work) => (await nodesOf(work)).uncordon(work.params.name, { signal: work.signal }),
  drain: async (work) => {
    const { name, force, gracePeriodSeconds, timeoutMs = DRAIN_TIMEOUT_MS } = work.params;
    return (await nodesOf(work)).drain(name, { force, gracePeriodSeconds, timeoutMs, signal: work.signal });
  },
  can: async ({ params: { verb, kind, namespace, name, subresource }, cluster, asUser, signal }) => {
    const resource = await cluster.kinds.find(kind);
    return asUser.can({ verb, resource, namespace, name, subresource, signal });
  },
  fetch: async ({ params, cluster, asUser, signal }) => {
    await cluster.kinds.find({ apiVersion: 'v1', kind: params.kind ?? 'Pod' });
    return preview(asUser, params, signal);
  },
  kinds: async ({ cluster }) =>
    (await cluster.kinds.all()).map((resource) => ({
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      plural: resource.plural,
      namespaced: resource.scope === 'Namespaced',
      verbs: resource.verbs,
      subresources: Object.keys(resource.subresources),
    })),
  me: async ({ user: { identity } }) => ({ user: identity.user, groups: identity.groups ?? [] }),
  clusters: async ({ clusters }) => [...clusters.keys()],
};

/**
 * Runs an action with the rights of its user. Throws an `InvalidRequestError` for parameters that are not valid, and what the API server
 * answers the user otherwise.
 */
export async function runAction(context: ActionContext, action: string, params: unknown): Promise<unknown> {
  if (!isAction(action)) throw refusal(404, `the gateway has no action ${JSON.stringify(action.slice(0, 100))}`);
  checkOffered(context, action);
  return run(context, action, params);
}

/** Throws an `ApiError` (403) for an action or a stream that the platform does not offer. */
export function checkOffered({ offered }: Pick<ActionContext, 'offered'>, name: string): void {
  if (offered?.has(name) === false) throw refusal(403, `the gateway does not offer ${name}`);
}

async function run<N extends ActionName>(context: ActionContext, action: N, params: unknown): Promise<unknown> {
  const checked = actionParams[action].safeParse(params ?? {});
  if (!checked.success)
    throw new InvalidRequestError(`cannot ${action}: the parameters are not valid: ${problemsOf(checked.error)}`);
  const name = 'cluster' in checked.data ? checked.data.cluster : undefined;
  const cluster = clusterNamed(context.clusters, name);
  const asUser = cluster.cluster.impersonate(context.user.identity);
  // The schema of this action has checked them.
  return handlers[action]({ ...context, cluster, asUser, params: checked.data as ParamsOf<N> });
}

/** Finds a cluster by the name that browsers use. Throws an `ApiError` (404) for another name. */
export function clusterNamed(clusters: ReadonlyMap<string, GatewayCluster>, name: string | undefined): GatewayCluster {
  const [first] = clusters.values();
  const found = name === undefined ? first : clusters.get(name);
  if (found === undefined) throw refusal(404, 'the gateway has no such cluster');
  return found;
}

function isAction(action: string): action is ActionName {
  return Object.hasOwn(actionParams, action);
}

function isSameKind(one: Resource, other: Resource): boolean {
  return one.group === other.group && one.kind === other.kind;
}

type Place = Pick<Work<ActionName>, 'cluster' | 'asUser'>;

async function clientFor({ cluster, asUser }: Place, kind: QueryKind, namespace: string | undefined) {
  const resource = await cluster.kinds.find({ apiVersion: kind.apiVersion, kind: kind.kind });
  const client = asUser.resource(resource);
  return namespace === undefined ? client : client.in(namespace);
}

function clientOf({ params, ...place }: Place & { params: { kind: QueryKind; namespace?: string | undefined } }) {
  return clientFor(place, params.kind, params.namespace);
}

async function nodesOf({ cluster, asUser }: Place) {
  await cluster.kinds.find({ apiVersion: 'v1', kind: 'Node' });
  return asUser.resource(Node);
}
