import type { KeysOf } from '../errors/check-options.js';
import type { Stored } from '../meta/index.js';
import type { DynamicObject } from './dynamic.js';
import { callOptions } from './known-options.js';
import type { ApplyOptions } from './options.js';

/** Options of `cluster.apply`. */
export interface ApplyManifestsOptions extends Omit<ApplyOptions, 'manager'> {
  /** In whose name fields are owned: what this manager applied before and leaves out now is removed. Default `keelson`. */
  readonly manager?: string | undefined;
  /** For objects of namespaced kinds that name no namespace. Default: the cluster handle's. */
  readonly namespace?: string | undefined;
  /** The time to wait for each CustomResourceDefinition to be established, in milliseconds. Default 60 000. */
  readonly establishTimeoutMs?: number | undefined;
  /** The set that the objects belong to, by its name or `ApplySetOptions`: what `kubectl apply --applyset` takes. Default: none. */
  readonly applySet?: string | ApplySetOptions | undefined;
  /** True: deletes the objects of the set that these manifests do not have, once all have been applied. Needs `applySet`. */
  readonly prune?: boolean | undefined;
  /** Hears of each object that was pruned, or would be with `dryRun`. */
  readonly onPruned?: ((object: Stored<DynamicObject>) => void) | undefined;
}

/** An apply set (KEP-3659): its objects carry a label, and a parent object tells which kinds and namespaces they are in. */
export interface ApplySetOptions {
  /**
   * The parent object: the name of a Secret, or `resource/name` such as `configmaps/shop`. A Secret or ConfigMap is created if need be.
   * A custom resource must exist, and its definition must have the label `applyset.kubernetes.io/is-parent-type`.
   */
  readonly parent: string;
  /** The namespace of the parent. Default: the `namespace` of the call. */
  readonly namespace?: string | undefined;
  /**
   * The tool that manages the set, with its version. Only the same tool may change the set. Default `kubectl/v1.36`, so that
   * `kubectl apply --prune --applyset` can go on with it.
   */
  readonly tooling?: string | undefined;
}

/** The options of `cluster.apply`. */
export const applyManifestsOptions: KeysOf<ApplyManifestsOptions> = {
  ...callOptions,
  manager: true,
  force: true,
  dryRun: true,
  fieldValidation: true,
  namespace: true,
  establishTimeoutMs: true,
  applySet: true,
  prune: true,
  onPruned: true,
};

/** Returns the options of the server-side apply of one object. */
export function serverSideApply(options: ApplyManifestsOptions): ApplyOptions {
  const { manager = 'keelson', force, dryRun, fieldValidation, signal, timeoutMs, idempotent } = options;
  return { manager, force, dryRun, fieldValidation, signal, timeoutMs, idempotent };
}
