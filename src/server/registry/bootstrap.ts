import { storageKey } from '../scheme/resource.js';
import { canonical } from './canonical.js';
import type { ServerContext } from './context.js';
import { namespaceResource } from './namespaces.js';
import { encodeStored } from './stored.js';
import { newUid, timestamp } from './system-fields.js';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Makes what every server has from the start; `rbac` for the roles and bindings too. Does nothing where it is there already, as in a store that outlived its server. */
export async function bootstrap(server: ServerContext, rbac: boolean): Promise<void> {
  if (rbac) await bootstrapPolicy(server);
  const resource = namespaceResource(server);
  for (const name of namespaces) {
    const object = canonical(resource, {
      metadata: {
        name,
        uid: newUid(server.random),
        creationTimestamp: timestamp(server.clock),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    await server.storage.put(storageKey(resource, undefined, name), encodeStored(object), 0);
  }
  await makeOwnService(server);
}

/** The service by which pods reach the API: kube-apiserver's `kubernetes`, at the first address of the range. */
async function makeOwnService(server: ServerContext): Promise<void> {
  const services = server.scheme.resource('', 'v1', 'services');
  if (services === undefined) return;
  const object = canonical(services, {
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      uid: newUid(server.random),
      creationTimestamp: timestamp(server.clock),
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  });
  await server.storage.put(storageKey(services, 'default', 'kubernetes'), encodeStored(object), 0);
}

const group = 'rbac.authorization.k8s.io';

async function bootstrapPolicy(server: ServerContext): Promise<void> {
  const time = timestamp(server.clock);
  const put = async (plural: string, { name, namespace, labels, ...content }: Named): Promise<void> => {
    const resource = server.scheme.resource(group, 'v1', plural);
    if (resource === undefined) return;
    const metadata = {
      name,
      namespace,
      uid: newUid(server.random),
      creationTimestamp: time,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    };
    // In their canonical form already, which a test watches over: a server in a test's process is made often, and there are many of these.
    await server.storage.put(storageKey(resource, namespace, name), encodeStored({ metadata, ...content }), 0);
  };
  const { clusterRoles, clusterRoleBindings, namespaceRoles, namespaceRoleBindings } = await import(
    '../authz/bootstrap-policy.js'
  );
  for (const { aggregates, rules = null, ...role } of [...clusterRoles, ...namespaceRoles]) {
    const labels = { [`${group}/aggregate-to-${aggregates}`]: 'true' };
    const made =
      aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] } };
    await put(role.namespace === undefined ? 'clusterroles' : 'roles', { ...role, rules, ...made });
  }
  for (const { role, users = [], groups = [], accounts = [], ...binding } of [
    ...clusterRoleBindings,
    ...namespaceRoleBindings,
  ]) {
    const subjects = [
      ...groups.map((name) => ({ kind: 'Group', apiGroup: group, name })),
      ...users.map((name) => ({ kind: 'User', apiGroup: group, name })),
      ...accounts.map((account) => ({
        kind: 'ServiceAccount',
        name: account.split('/')[1],
        namespace: account.split('/')[0],
      })),
    ];
    const within = binding.namespace !== undefined;
    await put(within ? 'rolebindings' : 'clusterrolebindings', {
      ...binding,
      ...(subjects.length === 0 ? {} : { subjects }),
      roleRef: { apiGroup: group, kind: within ? 'Role' : 'ClusterRole', name: role },
    });
  }
}

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly [field: string]: unknown;
}
