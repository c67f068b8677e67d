import type { PolicyRule } from '../object/authorization.js';
import { type BootstrapBinding, type BootstrapRole, events, read, rule, urls } from './bootstrap-role.js';
import {
  controllerNamespaceRoleBindings,
  controllerNamespaceRoles,
  controllerRoleBindings,
  controllerRoles,
} from './controller-policy.js';

const write = 'create update patch delete deletecollection';
const change = 'get list watch update patch';
const rbac = 'rbac.authorization.k8s.io';
const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';
const certificates = 'certificates.k8s.io';
const coordination = 'coordination.k8s.io';
const storage = 'storage.k8s.io';
const networking = 'networking.k8s.io';
const resources = 'resource.k8s.io';
const discovery = 'discovery.k8s.io';

const reviews = [rule('create', authentication, 'tokenreviews'), rule('create', authorization, 'subjectaccessreviews')];

const view: readonly PolicyRule[] = [
  rule(
    read,
    'core',
    'pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps',
  ),
  rule(
    read,
    'core',
    'limitranges resourcequotas bindings pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log',
  ),
  rule(read, 'core', 'namespaces'),
  rule(read, 'core events.k8s.io', 'events'),
  rule(read, discovery, 'endpointslices'),
  rule(
    read,
    'apps',
    'controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale',
  ),
  rule(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(read, 'batch', 'jobs cronjobs cronjobs/status jobs/status'),
  rule(
    read,
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies',
  ),
  rule(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(read, networking, 'networkpolicies ingresses ingresses/status'),
  rule(read, resources, 'resourceclaims resourceclaims/status resourceclaimtemplates'),
];

const edit: readonly PolicyRule[] = [
  rule(read, 'core', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(write, 'core', 'pods pods/attach pods/proxy pods/exec pods/portforward'),
  rule('create', 'core', 'pods/eviction'),
  rule(
    write,
    'core',
    'replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets',
  ),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(write, 'core events.k8s.io', 'events'),
  rule(
    write,
    'apps',
    'statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale',
  ),
  rule(write, 'autoscaling', 'horizontalpodautoscalers'),
  rule(write, 'batch', 'jobs cronjobs'),
  rule(
    write,
    'extensions',
    'daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies',
  ),
  rule(write, 'policy', 'poddisruptionbudgets'),
  rule(write, networking, 'networkpolicies ingresses'),
  rule(`${read} ${write}`, coordination, 'leases'),
  rule(write, resources, 'resourceclaims resourceclaimtemplates'),
];

const node: readonly PolicyRule[] = [
  rule('create', authentication, 'tokenreviews'),
  rule('create', authorization, 'subjectaccessreviews localsubjectaccessreviews'),
  rule(read, 'core', 'services'),
  rule('create get list watch', 'core', 'nodes'),
  rule('update patch', 'core', 'nodes/status'),
  rule('update patch', 'core', 'nodes'),
  events,
  rule(read, 'core', 'pods'),
  rule('create delete', 'core', 'pods'),
  rule('update patch', 'core', 'pods/status'),
  rule('create', 'core', 'pods/eviction'),
  rule(read, 'core', 'secrets configmaps'),
  rule('get', 'core', 'persistentvolumeclaims persistentvolumes'),
  rule('get', 'core', 'endpoints'),
  rule('create get list watch', certificates, 'certificatesigningrequests'),
  rule('get create update patch delete', coordination, 'leases'),
  rule('get', storage, 'volumeattachments'),
  rule('create', 'core', 'serviceaccounts/token'),
  rule('get update patch', 'core', 'persistentvolumeclaims/status'),
  rule('get watch list', storage, 'csidrivers'),
  rule('get create update patch delete', storage, 'csinodes'),
  rule(read, 'node.k8s.io', 'runtimeclasses'),
  rule('get', resources, 'resourceclaims'),
  rule('deletecollection', resources, 'resourceslices'),
];

const scheduler: readonly PolicyRule[] = [
  events,
  rule('create', coordination, 'leases'),
  rule('get update list watch', coordination, 'leases', 'kube-scheduler'),
  rule(`${read} ${write}`, coordination, 'leasecandidates'),
  rule(read, 'core', 'nodes'),
  rule('get list watch delete', 'core', 'pods'),
  rule('create', 'core', 'pods/binding bindings'),
  rule('patch update', 'core', 'pods/status'),
  rule(read, 'core', 'services replicationcontrollers'),
  rule(read, 'apps extensions', 'replicasets'),
  rule(read, 'apps', 'statefulsets'),
  rule(read, 'policy', 'poddisruptionbudgets'),
  rule(read, 'core', 'persistentvolumeclaims persistentvolumes'),
  ...reviews,
  rule(read, storage, 'csinodes'),
  rule(read, storage, 'volumeattachments'),
  rule(read, 'core', 'namespaces'),
  rule(read, storage, 'csidrivers'),
  rule(read, storage, 'csistoragecapacities'),
  rule(read, resources, 'deviceclasses'),
  rule(change, resources, 'resourceclaims'),
  rule(change, resources, 'resourceclaims/status'),
  rule('update', 'core', 'pods/finalizers'),
  rule(read, resources, 'resourceslices'),
];

const controllerManager: readonly PolicyRule[] = [
  events,
  rule('create', coordination, 'leases'),
  rule('get update', coordination, 'leases', 'kube-controller-manager'),
  rule('create', 'core', 'secrets serviceaccounts'),
  rule('delete', 'core', 'secrets'),
  rule('get', 'core', 'namespaces secrets serviceaccounts configmaps'),
  rule('update', 'core', 'secrets serviceaccounts'),
  ...reviews,
  rule('list watch', '*', '*'),
  rule('create', 'core', 'serviceaccounts/token'),
];

const aggregateTo = (role: string): { [key: string]: string } => ({ [`${rbac}/aggregate-to-${role}`]: 'true' });
const signers = (name: string): readonly PolicyRule[] => [
  rule('approve', certificates, 'signers', `kubernetes.io/${name}`),
];
const locking = [
  rule('get watch list create update', coordination, 'leases'),
  rule('get watch list create update', coordination, 'leasecandidates'),
];

/** The cluster roles of kube-apiserver. */
export const clusterRoles: readonly BootstrapRole[] = [
  {
    name: 'cluster-admin',
    rules: [rule('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }],
  },
  {
    name: 'system:discovery',
    rules: [
      urls(
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [
      urls(
        '/flagz',
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/metrics',
        '/metrics/slis',
        '/readyz',
        '/readyz/*',
        '/statusz',
      ),
      rule('get', 'core', 'nodes/metrics'),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('create', authorization, 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule('create', authentication, 'selfsubjectreviews'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [urls('/healthz', '/livez', '/readyz', '/version', '/version/')] },
  { name: 'admin', aggregates: 'admin' },
  { name: 'edit', labels: aggregateTo('admin'), aggregates: 'edit' },
  { name: 'view', labels: aggregateTo('edit'), aggregates: 'view' },
  {
    name: 'system:aggregate-to-admin',
    labels: aggregateTo('admin'),
    rules: [
      rule('create', authorization, 'localsubjectaccessreviews'),
      rule(`${read} ${write}`, rbac, 'roles rolebindings'),
    ],
  },
  { name: 'system:aggregate-to-edit', labels: aggregateTo('edit'), rules: edit },
  { name: 'system:aggregate-to-view', labels: aggregateTo('view'), rules: view },
  {
    name: 'system:heapster',
    rules: [rule(read, 'core', 'events pods nodes namespaces'), rule(read, 'extensions', 'deployments')],
  },
  { name: 'system:node', rules: node },
  {
    name: 'system:node-problem-detector',
    rules: [rule('get', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), events],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule('create get list watch', certificates, 'certificatesigningrequests')],
  },
  { name: 'system:auth-delegator', rules: reviews },
  { name: 'system:kube-aggregator', rules: [rule(read, 'core', 'services endpoints')] },
  { name: 'system:kube-controller-manager', rules: controllerManager },
  { name: 'system:kube-dns', rules: [rule('list watch', 'core', 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule('get list watch create delete', 'core', 'persistentvolumes'),
      rule('get list watch update', 'core', 'persistentvolumeclaims'),
      rule(read, storage, 'storageclasses'),
      rule('watch', 'core', 'events'),
      events,
    ],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [rule('create', certificates, 'certificatesigningrequests/nodeclient')],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [rule('create', certificates, 'certificatesigningrequests/selfnodeclient')],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      rule(change, 'core', 'persistentvolumes'),
      rule(read, storage, 'storageclasses'),
      rule(change, 'core', 'persistentvolumeclaims'),
    ],
  },
  { name: 'system:certificates.k8s.io:legacy-unknown-approver', rules: signers('legacy-unknown') },
  { name: 'system:certificates.k8s.io:kubelet-serving-approver', rules: signers('kubelet-serving') },
  { name: 'system:certificates.k8s.io:kube-apiserver-client-approver', rules: signers('kube-apiserver-client') },
  {
    name: 'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver',
    rules: signers('kube-apiserver-client-kubelet'),
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      urls(
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(read, 'core', 'nodes'),
      rule('proxy', 'core', 'nodes'),
      rule('*', 'core', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
      rule('*', 'core', 'nodes/configz nodes/healthz nodes/pods'),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      rule('list watch', 'core', 'endpoints services'),
      rule(read, 'core', 'nodes'),
      events,
      rule('list watch', networking, 'servicecidrs'),
      rule('list watch', discovery, 'endpointslices'),
    ],
  },
  { name: 'system:kube-scheduler', rules: scheduler },
  ...controllerRoles,
];

/** Roles within a namespace. */
export const namespaceRoles: readonly BootstrapRole[] = [
  {
    name: 'extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    rules: [rule(read, 'core', 'configmaps', 'extension-apiserver-authentication')],
  },
  { name: 'system::leader-locking-kube-controller-manager', namespace: 'kube-system', rules: locking },
  { name: 'system::leader-locking-kube-scheduler', namespace: 'kube-system', rules: locking },
  ...controllerNamespaceRoles,
];

const authenticated = 'system:authenticated';
const scheduling = 'system:kube-scheduler';
const controlling = 'system:kube-controller-manager';
const allAccounts = 'system:serviceaccounts';

/** The initial bindings of cluster roles. */
export const clusterRoleBindings: readonly BootstrapBinding[] = [
  { name: 'cluster-admin', role: 'cluster-admin', groups: ['system:masters'] },
  { name: 'system:monitoring', role: 'system:monitoring', groups: ['system:monitoring'] },
  { name: 'system:discovery', role: 'system:discovery', groups: [authenticated] },
  { name: 'system:basic-user', role: 'system:basic-user', groups: [authenticated] },
  {
    name: 'system:public-info-viewer',
    role: 'system:public-info-viewer',
    groups: [authenticated, 'system:unauthenticated'],
  },
  { name: 'system:node-proxier', role: 'system:node-proxier', users: ['system:kube-proxy'] },
  { name: controlling, role: controlling, users: [controlling] },
  { name: 'system:kube-dns', role: 'system:kube-dns', accounts: ['kube-system/kube-dns'] },
  { name: scheduling, role: scheduling, users: [scheduling] },
  { name: 'system:volume-scheduler', role: 'system:volume-scheduler', users: [scheduling] },
  { name: 'system:node', role: 'system:node' },
  {
    name: 'system:service-account-issuer-discovery',
    role: 'system:service-account-issuer-discovery',
    groups: [allAccounts],
  },
  ...controllerRoleBindings,
];

/** The initial bindings of roles within namespaces. */
export const namespaceRoleBindings: readonly BootstrapBinding[] = [
  {
    name: 'system::extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    role: 'extension-apiserver-authentication-reader',
    users: [controlling, scheduling],
  },
  {
    name: 'system::leader-locking-kube-controller-manager',
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-controller-manager',
    users: [controlling],
    accounts: ['kube-system/kube-controller-manager', 'kube-system/leader-election-controller'],
  },
  {
    name: 'system::leader-locking-kube-scheduler',
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-scheduler',
    users: [scheduling],
    accounts: ['kube-system/kube-scheduler'],
  },
  ...controllerNamespaceRoleBindings,
];
