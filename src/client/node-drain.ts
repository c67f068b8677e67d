import { InvalidRequestError, isNotFound, isTooManyRequests } from '../errors/index.js';
import { controllerOf, type KubeObject, type Stored } from '../meta/index.js';
import { anySignal, deadlineSignal } from '../util/abort.js';
import type { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import type { DrainOptions, DrainResult } from './platform-verbs.js';
import type { PodLike } from './pod-like.js';
import { PODS, podsOf } from './pod-target.js';

/** kubectl waits as long before it asks again for an eviction that a disruption budget refused. */
const RETRY_MS = 5_000;

/** Evicts the pods of a node, those of DaemonSets and static pods excepted, and waits until they are gone. */
export async function drainNode(caller: ApiCaller, node: string, options: DrainOptions): Promise<DrainResult> {
  const { clock } = caller.shared;
  const { timeoutMs, signal: outer } = options;
  const late = () => new InvalidRequestError(`cannot drain Node ${node} within ${timeoutMs} ms`);
  const { signal, dispose } =
    timeoutMs === undefined ? anySignal(outer) : deadlineSignal(clock, timeoutMs, late, outer);
  try {
    const all = new GenericClient<PodLike>(caller, async () => PODS);
    const { items } = await all.list({ fields: { 'spec.nodeName': node }, signal }).all();
    const skipped = items.filter(stays);
    const evicted = items.filter((pod) => !stays(pod));
    const bare = evicted.filter((pod) => controllerOf(pod) === undefined && !hasEnded(pod));
    if (bare.length > 0 && options.force !== true) {
      const names = bare.map(nameOf).join(', ');
      throw new InvalidRequestError(
        `cannot drain Node ${node}: no controller would replace ${names}. Set force to delete them.`,
      );
    }
    await Promise.all(evicted.map((pod) => evict(caller, pod, options, signal)));
    return { evicted: evicted.map(nameOf), skipped: skipped.map(nameOf) };
  } finally {
    dispose();
  }
}

async function evict(
  caller: ApiCaller,
  pod: Stored<PodLike>,
  { gracePeriodSeconds, dryRun = false, onEvicted }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata;
  const pods = podsOf(caller, namespace);
  for (;;) {
    try {
      await pods.evict(name, { gracePeriodSeconds, dryRun, preconditions: { uid }, signal });
      break;
    } catch (error) {
      if (isNotFound(error)) break;
      if (!isTooManyRequests(error)) throw error;
      await caller.shared.clock.sleep(RETRY_MS, { signal });
    }
  }
  // A pod of the same name may have been made meanwhile, as StatefulSets do.
  if (!dryRun) await pods.waitFor(name, (now) => now === undefined || now.metadata.uid !== uid, { signal });
  onEvicted?.({ namespace, name });
}

/** Pods of DaemonSets come back at once, static pods cannot be evicted. */
function stays(pod: PodLike): boolean {
  const mirrored = pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  return mirrored || (controllerOf(pod)?.kind === 'DaemonSet' && !hasEnded(pod));
}

function hasEnded(pod: PodLike): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function nameOf(pod: KubeObject): string {
  return `${pod.metadata?.namespace}/${pod.metadata?.name}`;
}
