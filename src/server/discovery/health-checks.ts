import type { ServerContext } from '../object/server-context.js';

/** A named check of `/healthz`, `/livez` or `/readyz`. */
export interface HealthCheck {
  readonly name: string;
  /** Resolves to the reason when the check fails, and rejects when it cannot be made. */
  readonly check: (server: ServerContext) => Promise<string | undefined>;
}

/** The endpoints that run checks. */
export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';

/** A request is answered only once everything of the start is done: what an answer itself shows to be well. */
const started = async (): Promise<undefined> => undefined;

/** The store answers. */
const storage = async (server: ServerContext): Promise<undefined> => {
  await server.storage.revision();
  return undefined;
};

/** All definitions of custom resources that were written are served. */
const definitions = async (server: ServerContext): Promise<undefined> => {
  await server.definitions.settled();
  return undefined;
};

/** The FlowSchemas and PriorityLevelConfigurations have been read. */
const flowControl = async (server: ServerContext): Promise<undefined> => {
  await server.limits.settled?.();
  return undefined;
};

const hookChecks: { readonly [name: string]: HealthCheck['check'] } = {
  'storage-readiness': storage,
  'crd-informer-synced': definitions,
  'priority-and-fairness-config-consumer': flowControl,
};

const always: readonly HealthCheck[] = [
  { name: 'ping', check: started },
  { name: 'log', check: started },
];

const hooks: readonly HealthCheck[] = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'peer-endpoint-reconciler-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'storage-readiness',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-wait-for-first-sync',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
  'autoregister-completion',
  'apiservice-openapi-controller',
  'apiservice-openapiv3-controller',
].map((name) => ({
  name: name === 'autoregister-completion' ? name : `poststarthook/${name}`,
  check: hookChecks[name] ?? started,
}));

const lively: readonly HealthCheck[] = [
  ...always,
  { name: 'loopback-serving-certificate', check: started },
  { name: 'etcd', check: storage },
  ...hooks,
];

/** The checks of each endpoint: kube-apiserver's, in its order. */
export const healthChecks: { readonly [endpoint in HealthEndpoint]: readonly HealthCheck[] } = {
  healthz: lively,
  livez: lively,
  readyz: [
    ...always,
    { name: 'informer-sync', check: definitions },
    ...hooks,
    { name: 'shutdown', check: async ({ closing }) => (closing.aborted ? 'process is shutting down' : undefined) },
  ],
};

/** Returns the endpoint of that name; undefined for another path. */
export function healthEndpoint(name: string): HealthEndpoint | undefined {
  return Object.hasOwn(healthChecks, name) ? (name as HealthEndpoint) : undefined;
}
