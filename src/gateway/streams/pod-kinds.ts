import type { z } from 'zod';
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../generated/apps/v1.js';
import { Job } from '../../../generated/batch/v1.js';
import { Pod, ReplicationController, Service } from '../../../generated/core/v1.js';
import type { PodStreams } from '../../client/index.js';
import { apiVersionOf } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { AllowedKinds } from '../access/allowed-kinds.js';
import type { podKind } from './stream-params.js';

/** The name of a kind that leads to pods. */
type PodKind = z.infer<typeof podKind>;

const kinds = { Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, Service };

/**
 * Returns the streams of a kind that leads to pods, with the rights of the user. Throws an `ApiError` (403) if the gateway does not offer
 * pods or the kind.
 */
export async function podStreams(
  asUser: Cluster,
  allowed: AllowedKinds,
  kind: PodKind = 'Pod',
  namespace: string,
): Promise<PodStreams> {
  for (const one of new Set(['Pod', kind] as const))
    await allowed.find({ apiVersion: apiVersionOf(kinds[one]), kind: one });
  switch (kind) {
    case 'Pod':
      return asUser.resource(Pod).in(namespace);
    case 'Deployment':
      return asUser.resource(Deployment).in(namespace);
    case 'StatefulSet':
      return asUser.resource(StatefulSet).in(namespace);
    case 'DaemonSet':
      return asUser.resource(DaemonSet).in(namespace);
    case 'ReplicaSet':
      return asUser.resource(ReplicaSet).in(namespace);
    case 'ReplicationController':
      return asUser.resource(ReplicationController).in(namespace);
    case 'Job':
      return asUser.resource(Job).in(namespace);
    case 'Service':
      return asUser.resource(Service).in(namespace);
  }
}
