import { InvalidRequestError, KubeError } from '../errors/index.js';
import type { Stored } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionCondition,
  customResourceDefinitions,
} from './custom-resource-definition.js';
import { type AnyDefinedResource, type ManifestOptions, manifestsOf } from './define-version.js';

/** The options of `install`. */
export interface InstallOptions extends ManifestOptions {
  /** In whose name the definition is applied. Default `keelson`. */
  readonly manager?: string | undefined;
  /** If true, takes over the fields that others own. Default true: the program that defines a kind decides. */
  readonly force?: boolean | undefined;
  /** The time to wait for each definition to be established, in milliseconds, before a `TimeoutError`. Default 60 000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The part of a cluster handle that is used here. */
export type DefinitionCluster = Pick<Cluster, 'resource' | 'discovery'>;

/** The server took a definition and will not serve it: its names belong to another, or it is being deleted. The message says which. */
export class InstallError extends KubeError {
  static {
    InstallError.prototype.name = 'InstallError';
  }

  override readonly code = 'ERR_KUBE_INSTALL';
}

/**
 * Installs kinds in a cluster. It applies their definitions by server-side apply and waits until each is established, so that you can
 * create objects. It changes nothing if the definitions are up to date. Resolves to the definitions as stored.
 *
 * Throws an `InstallError` at once if the server does not accept the names, a `TimeoutError`, or a `DefinitionError`. A definition that
 * the server refuses, such as one with an invalid CEL rule, gives an `ApiError` that is `isInvalid`.
 */
export async function install(
  cluster: DefinitionCluster,
  kinds: readonly AnyDefinedResource[],
  options: InstallOptions = {},
): Promise<Stored<CustomResourceDefinition, 'Cluster'>[]> {
  const { manager = 'keelson', force = true, timeoutMs = 60_000, signal } = options;
  const manifests = manifestsOf(kinds, options);
  if (manifests.length === 0) throw new InvalidRequestError('there is no kind to install: give install() at least one');
  const client = cluster.resource(customResourceDefinitions);
  const applied: Stored<CustomResourceDefinition, 'Cluster'>[] = [];
  for (const manifest of manifests) {
    const name = manifest.metadata?.name ?? '';
    applied.push(
      await client.apply({ ...manifest, metadata: { ...manifest.metadata, name } }, { manager, force, signal }),
    );
  }
  const established: Stored<CustomResourceDefinition, 'Cluster'>[] = [];
  for (const { metadata } of applied) {
    const { generation = 0, name } = metadata;
    const found = await client.waitFor(name, (definition) => isEstablished(definition, name, generation), {
      timeoutMs,
      signal,
    });
    if (found !== undefined) established.push(found);
  }
  await cluster.discovery.refresh();
  return established;
}

/** Reports whether the server serves a definition in this generation. Throws an `InstallError` if it never will. */
function isEstablished(definition: CustomResourceDefinition | undefined, name: string, generation: number): boolean {
  if (definition === undefined) throw problem(name, 'it has been deleted');
  if (definition.metadata?.deletionTimestamp !== undefined)
    throw problem(name, 'it is being deleted: wait until it is gone');
  const condition = (type: string) =>
    definition.status?.conditions?.find((one) => one.type === type && isCurrent(one, generation));
  const named = condition('NamesAccepted');
  if (named?.status === 'False')
    throw problem(name, `its names are not accepted: ${named.message ?? named.reason ?? ''}`);
  return condition('Established')?.status === 'True';
}

/** Servers that say which generation a condition is about say so for each; others say nothing. */
function isCurrent({ observedGeneration = 0 }: CustomResourceDefinitionCondition, generation: number): boolean {
  return observedGeneration === 0 || observedGeneration >= generation;
}

function problem(name: string, why: string): InstallError {
  return new InstallError(`the cluster will not serve ${name}: ${why}`, {
    request: { verb: 'install', kind: 'CustomResourceDefinition', name },
  });
}
