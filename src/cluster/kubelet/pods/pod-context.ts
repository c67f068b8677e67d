import type { Service } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import type { Clock } from '../../../util/clock.js';
import type { Random } from '../../../util/random.js';
import type { ConfigSources } from '../environment/config-sources.js';
import type { NodeResources } from '../environment/resource-field-ref.js';
import type { ContainerRuntime } from '../runtime/container-runtime.js';
import type { ServiceAccountTokens } from '../volumes/service-account-tokens.js';
import type { VolumeClaims } from '../volumes/volume-claims.js';
import type { PodEvents } from './pod-events.js';

/** The parts of a kubelet that the workers of its pods share. */
export interface PodContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  readonly sources: ConfigSources;
  readonly claims: VolumeClaims;
  readonly tokens: ServiceAccountTokens;
  readonly nodeName: string;
  /** The addresses of the node. */
  readonly hostIPs: readonly string[];
  /** The folder that holds the files of pods. */
  readonly rootDir: string;
  readonly allocatable: NodeResources;
  readonly logs: { readonly maxBytes: number; readonly maxFiles: number };
  /** Variables that each container gets, whatever the services say. */
  readonly variables: Readonly<Record<string, string>>;
  /** Returns the services of all namespaces. */
  readonly services: () => Iterable<DeepReadonly<Service>>;
}

/** Formats a pod for messages: `name_namespace(uid)`. */
export function podText(
  metadata: {
    readonly name?: string | undefined;
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
  } = {},
): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}
