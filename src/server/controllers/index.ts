import type { ServerContext } from '../object/server-context.js';
import type { ControllerName } from './controller-names.js';
import { runGarbageCollector } from './garbage-collector.js';
import { lead } from './leader.js';
import { runNamespaceLifecycle } from './namespace-controller.js';
import { runResourceQuota } from './resource-quota-controller.js';
import { runRoleAggregation } from './role-aggregation.js';
import { runRootCaPublisher } from './root-ca-publisher.js';
import { provideServiceAccounts, runServiceAccounts } from './service-accounts.js';
import { runServiceCidrs } from './service-cidrs.js';
import { runAttributesClassProtection, runClaimProtection, runVolumeProtection } from './storage-protection.js';

/** The controllers to run. */
export interface ControllersOptions {
  readonly wanted: ReadonlySet<ControllerName>;
  /** The authority of the server's certificate. Without one there is none to publish. */
  readonly certificateAuthority: string | undefined;
}

/**
 * Runs the wanted controllers until the server closes. Where several servers share a store, they run in one of them at a time. The result
 * ends that server's turn, so that another one need not wait until it is over; call it when the server closes.
 */
export function startControllers(server: ServerContext, options: ControllersOptions): () => Promise<void> {
  if (options.wanted.has('serviceaccount')) provideServiceAccounts(server);
  if (server.storage.isShared === true && [...options.wanted].some((name) => name !== 'kubernetes-service'))
    return lead(server, (signal) => runControllers(server, options, signal));
  runControllers(server, options, server.closing);
  return async () => {};
}

function runControllers(
  server: ServerContext,
  { wanted, certificateAuthority }: ControllersOptions,
  signal: AbortSignal,
): void {
  if (wanted.has('serviceaccount')) runServiceAccounts(server, signal);
  if (wanted.has('root-ca-cert-publisher') && certificateAuthority !== undefined)
    runRootCaPublisher(server, signal, certificateAuthority);
  if (wanted.has('clusterrole-aggregation')) runRoleAggregation(server, signal);
  if (wanted.has('garbagecollector')) runGarbageCollector(server, signal);
  if (wanted.has('pv-protection')) runVolumeProtection(server, signal);
  if (wanted.has('pvc-protection')) runClaimProtection(server, signal);
  if (wanted.has('volumeattributesclass-protection-controller')) runAttributesClassProtection(server, signal);
  if (wanted.has('service-cidr-controller')) runServiceCidrs(server, signal);
  if (wanted.has('resourcequota')) runResourceQuota(server, signal);
  if (wanted.has('namespace')) runNamespaceLifecycle(server, signal);
}
