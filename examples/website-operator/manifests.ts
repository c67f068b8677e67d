import { apiVersionOf, type KubeObject, type Resource } from 'keelson';
import { webhookConfigurations } from 'keelson/controller';
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Service, ServiceAccount } from 'keelson/k8s';
import { hostWebhook } from './webhook.js';

const name = 'website-operator';
const read = ['get', 'list', 'watch'];
const applied = [...read, 'create', 'patch'];

/**
 * Returns the objects that the operator needs in a cluster beside its Deployment: an account with exactly the rights that it uses, the
 * Service of its webhook, and the webhook configuration. The certificate is for `website-operator.NAMESPACE.svc`.
 */
export function manifests(namespace: string, caBundle?: string): KubeObject[] {
  const account = { kind: 'ServiceAccount', name, namespace };
  const metadata = { name };
  const here = { name, namespace };
  return [
    of(ServiceAccount, { metadata: here }),
    of(ClusterRole, {
      metadata,
      rules: [
        { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: applied },
        { apiGroups: ['example.com'], resources: ['websites'], verbs: [...read, 'patch'] },
        { apiGroups: ['example.com'], resources: ['websites/status'], verbs: ['get', 'update'] },
        { apiGroups: ['example.com'], resources: ['websites/finalizers'], verbs: ['update'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: applied },
        { apiGroups: [''], resources: ['services'], verbs: applied },
        { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
      ],
    }),
    of(ClusterRoleBinding, {
      metadata,
      roleRef: { apiGroup: ClusterRole.group, kind: 'ClusterRole', name },
      subjects: [account],
    }),
    of(Role, {
      metadata: here,
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: [...read, 'create', 'update'] },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
      ],
    }),
    of(RoleBinding, { metadata: here, roleRef: { apiGroup: Role.group, kind: 'Role', name }, subjects: [account] }),
    of(Service, { metadata: here, spec: { selector: { app: name }, ports: [{ port: 443, targetPort: 9443 }] } }),
    ...webhookConfigurations(name, [hostWebhook(async () => undefined)], { service: here, caBundle }),
  ];
}

/** The object with its kind, as a manifest says it. */
function of<T extends KubeObject>(kind: Resource<T>, object: T): KubeObject {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
}
