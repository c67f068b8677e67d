/**
 * The smallest valid body of every kind that can be created: what stands beside apiVersion, kind and metadata. Harmless on a
 * real cluster: nothing is scheduled, no webhook matches anything, no service is reachable.
 */

const labels = { app: 'keelson-e2e' };
// A pause container that no node will ever get: the selector matches nothing.
const podSpec = {
  nodeSelector: { 'keelson.example/nowhere': 'true' },
  containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }],
};
const template = { metadata: { labels }, spec: podSpec };
const workload = { replicas: 0, selector: { matchLabels: labels }, template };
const pvSource = { hostPath: { path: '/tmp/keelson-e2e' } };
const neverMatches = {
  resourceRules: [
    { apiGroups: ['keelson.example'], apiVersions: ['v1'], resources: ['nothings'], operations: ['CREATE'] },
  ],
};
const mutatingPolicy = {
  spec: {
    matchConstraints: neverMatches,
    reinvocationPolicy: 'Never',
    failurePolicy: 'Ignore',
    mutations: [
      { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "test", path: "/kind", value: "Pod"}]' } },
    ],
  },
};
const taint = { key: 'keelson.example/e2e', value: 'true', effect: 'NoSchedule' };
const slice = (name: string) => ({
  driver: 'keelson.example',
  nodeName: name,
  pool: { name, generation: 1, resourceSliceCount: 1 },
});
const scaleTarget = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const hpa = { spec: { maxReplicas: 2, scaleTargetRef: scaleTarget } };
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'keelson-e2e' });
const candidate = {
  spec: {
    leaseName: 'keelson-e2e',
    binaryVersion: '1.0.0',
    emulationVersion: '1.0.0',
    strategy: 'OldestEmulationVersion',
  },
};

/** The context of a sample: the object's name, the namespace of the test, and a number unique to the object. */
export interface SampleContext {
  readonly name: string;
  readonly namespace: string;
  readonly serial: number;
}

type Sample = object | ((context: SampleContext) => object);

/** By `group/version/Kind`, or `group/Kind` for every version; core without `group/`. */
const samples: Record<string, Sample> = {
  ConfigMap: { data: { greeting: 'hello' } },
  Endpoints: {},
  Event: ({ namespace }: SampleContext) => ({
    involvedObject: { kind: 'Pod', name: 'web', namespace },
    reason: 'Tested',
    message: 'seen',
    type: 'Normal',
  }),
  LimitRange: { spec: { limits: [{ type: 'Container', default: { cpu: '100m' } }] } },
  Namespace: {},
  Node: {},
  PersistentVolumeClaim: {
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
  },
  PersistentVolume: {
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', capacity: { storage: '1Gi' }, ...pvSource },
  },
  Pod: { spec: podSpec },
  PodTemplate: { template },
  ReplicationController: { spec: { replicas: 0, selector: labels, template } },
  ResourceQuota: { spec: { hard: { 'count/secrets': '1000' } } },
  Secret: { data: { key: 'dmFsdWU=' } },
  ServiceAccount: {},
  Service: { spec: { ports: [{ port: 80 }] } },
  'apiregistration.k8s.io/APIService': ({ name }: SampleContext) => {
    const [version = '', ...group] = name.split('.');
    return {
      spec: {
        group: group.join('.'),
        version,
        groupPriorityMinimum: 1,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 'nowhere' },
      },
    };
  },
  'apps/ControllerRevision': { revision: 1, data: { kept: true } },
  'apps/DaemonSet': { spec: { selector: { matchLabels: labels }, template } },
  'apps/Deployment': { spec: workload },
  'apps/ReplicaSet': { spec: workload },
  'apps/StatefulSet': { spec: { ...workload, serviceName: 'web' } },
  'events.k8s.io/Event': ({ namespace }: SampleContext) => ({
    eventTime: '2026-01-01T00:00:00.000001Z',
    regarding: { kind: 'Pod', name: 'web', namespace },
    reason: 'Tested',
    action: 'Test',
    note: 'seen',
    type: 'Normal',
    reportingController: 'keelson.example/e2e',
    reportingInstance: 'e2e-1',
  }),
  'autoscaling/HorizontalPodAutoscaler': hpa,
  'batch/CronJob': {
    spec: {
      suspend: true,
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } },
    },
  },
  'batch/Job': { spec: { suspend: true, template: { spec: { ...podSpec, restartPolicy: 'Never' } } } },
  'certificates.k8s.io/CertificateSigningRequest': {
    spec: {
      signerName: 'keelson.example/e2e',
      usages: ['client auth'],
      // A PEM certificate request for CN=keelson-e2e, made once; no private key of it exists any more.
      request:
        'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TGEyVmxiSE52YmkxbE1tVXdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVFMT1JYQ2ZvRDNrMFhHL1Npdm1iM1pEZ0g5Z1VpUzRUbUttTUlnc2I0bksralZ6a2lYClh6VUVNek9OZ2kwTGhaMEhoYkU1TUQvU29VQXZCVURrN0Z3cW9BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWcKV2ZTY3NiUkxBVmdFMFpGTkhXaWRlTjRSS3VoVjJxY0JJWlN4eThzNEZuZ0NJQkpVRGtrL25JWVJrQS9oNXVaUAo5K2xOQlhsYThDQUJuSjNFN09waW9rYzYKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==',
    },
  },
  'networking.k8s.io/IngressClass': { spec: { controller: 'keelson.example/e2e' } },
  'networking.k8s.io/Ingress': { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
  'networking.k8s.io/IPAddress': ({ namespace }: SampleContext) => ({
    spec: { parentRef: { resource: 'services', name: 'web', namespace } },
  }),
  'networking.k8s.io/NetworkPolicy': { spec: { podSelector: { matchLabels: labels } } },
  'networking.k8s.io/ServiceCIDR': ({ serial }: SampleContext) => ({
    spec: { cidrs: [`10.${200 + (serial % 50)}.0.0/24`] },
  }),
  'policy/PodDisruptionBudget': { spec: { minAvailable: 1, selector: { matchLabels: labels } } },
  'rbac.authorization.k8s.io/ClusterRole': { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { roleRef: roleRef('ClusterRole') },
  'rbac.authorization.k8s.io/Role': { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  'rbac.authorization.k8s.io/RoleBinding': { roleRef: roleRef('Role') },
  'storage.k8s.io/CSIDriver': { spec: { attachRequired: false } },
  'storage.k8s.io/CSINode': { spec: { drivers: [] } },
  'storage.k8s.io/CSIStorageCapacity': { storageClassName: 'none' },
  'storage.k8s.io/StorageClass': { provisioner: 'keelson.example/e2e' },
  'storage.k8s.io/VolumeAttachment': {
    spec: { attacher: 'keelson.example', nodeName: 'nowhere', source: { persistentVolumeName: 'nothing' } },
  },
  'storage.k8s.io/VolumeAttributesClass': { driverName: 'keelson.example', parameters: { tier: 'slow' } },
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': mutatingPolicy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': { spec: { policyName: 'keelson-e2e' } },
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': { webhooks: [] },
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': {
    spec: { failurePolicy: 'Ignore', matchConstraints: neverMatches, validations: [{ expression: 'true' }] },
  },
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': {
    spec: { policyName: 'keelson-e2e', validationActions: ['Audit'] },
  },
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': { webhooks: [] },
  'apiextensions.k8s.io/CustomResourceDefinition': ({ name }: SampleContext) => {
    const [plural = '', ...group] = name.split('.');
    const kind = plural[0]?.toUpperCase() + plural.slice(1);
    return {
      spec: {
        group: group.join('.'),
        scope: 'Namespaced',
        names: { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
  },
  'scheduling.k8s.io/PriorityClass': { value: 7 },
  'coordination.k8s.io/Lease': { spec: { holderIdentity: 'e2e', leaseDurationSeconds: 15 } },
  'coordination.k8s.io/LeaseCandidate': candidate,
  'node.k8s.io/RuntimeClass': { handler: 'e2e' },
  'discovery.k8s.io/EndpointSlice': { addressType: 'IPv4', endpoints: [] },
  'resource.k8s.io/DeviceClass': { spec: {} },
  'resource.k8s.io/DeviceTaintRule': { spec: { taint } },
  'resource.k8s.io/ResourceClaim': { spec: {} },
  'resource.k8s.io/ResourceClaimTemplate': { spec: { spec: {} } },
  'resource.k8s.io/ResourceSlice': ({ name }: SampleContext) => ({ spec: slice(name) }),
  'resource.k8s.io/ResourcePoolStatusRequest': { spec: { driver: 'keelson.example' } },
  'flowcontrol.apiserver.k8s.io/FlowSchema': {
    spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: 'global-default' } },
  },
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  },
  'internal.apiserver.k8s.io/StorageVersion': { spec: {} },
};

/** Kinds whose names must have a form of their own. */
const names: Record<string, (serial: number, run: string) => string> = {
  'apiregistration.k8s.io/APIService': (serial, run) => `v1.e${serial}${run}.keelson.example`,
  'apiextensions.k8s.io/CustomResourceDefinition': (serial, run) => `gadgets.e${serial}${run}.keelson.example`,
  'networking.k8s.io/IPAddress': (serial) => `10.250.${serial % 250}.${1 + Math.floor(serial / 250)}`,
  'rbac.authorization.k8s.io/ClusterRole': (serial, run) => `keelson:e${serial}${run}`,
  'internal.apiserver.k8s.io/StorageVersion': (serial, run) => `e${serial}${run}.nothings`,
};

/** A name that no other object of the run has, in the form the kind wants. */
export function sampleName(group: string, kind: string, serial: number, run: string): string {
  const own = names[group === '' ? kind : `${group}/${kind}`];
  return own ? own(serial, run) : `e${serial}-${run}`;
}

/** The body of a kind, without apiVersion, kind and metadata. Throws for a kind that has no sample yet. */
export function sampleBody(group: string, version: string, kind: string, context: SampleContext): object {
  const sample = samples[`${group}/${version}/${kind}`] ?? samples[group === '' ? kind : `${group}/${kind}`];
  if (sample === undefined)
    throw new Error(`no sample for ${group}/${version} ${kind}: add one to test/e2e/samples.ts`);
  return typeof sample === 'function' ? sample(context) : sample;
}
