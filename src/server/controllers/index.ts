import type { ServerContext } from '../object/server-context.js';
import type { ControllerName } from './controller-names.js';
import { runGarbageCollector } from './garbage-collector.js';
import { runNamespaceLifecycle } from './namespace-controller.js';
import { runResourceQuota } from './resource-quota-controller.js';
import { runRoleAggregation } from './role-aggregation.js';
import { runRootCaPublisher } from './root-ca-publisher.js';
import { runServiceAccounts } from './service-accounts.js';
import { runServiceCidrs } from './service-cidrs.js';
import { runAttributesClassProtection, runClaimProtection, runVolumeProtection } from './storage-protection.js';

/** Starts the named controllers. They end when the server closes. Without an authority there is none to publish. */
export function startControllers(
  server: ServerContext,
  wanted: ReadonlySet<ControllerName>,
  certificateAuthority: string | undefined,
): void {
  if (wanted.has('serviceaccount')) runServiceAccounts(server);
  if (wanted.has('root-ca-cert-publisher') && certificateAuthority !== undefined)
    runRootCaPublisher(server, certificateAuthority);
  if (wanted.has('clusterrole-aggregation')) runRoleAggregation(server);
  if (wanted.has('garbagecollector')) runGarbageCollector(server);
  if (wanted.has('pv-protection')) runVolumeProtection(server);
  if (wanted.has('pvc-protection')) runClaimProtection(server);
  if (wanted.has('volumeattributesclass-protection-controller')) runAttributesClassProtection(server);
  if (wanted.has('service-cidr-controller')) runServiceCidrs(server);
  if (wanted.has('resourcequota')) runResourceQuota(server);
  if (wanted.has('namespace')) runNamespaceLifecycle(server);
}
