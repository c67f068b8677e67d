// Objects as API servers write them, one maker for each kind that is measured. `i` makes each a little different.

const time = '2026-01-15T10:00:00Z';
const fields = (...names) => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

function managedFields(subjects) {
  const entry = (manager, operation, fieldsV1, subresource) => ({
    manager,
    operation,
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource && { subresource }),
  });
  const perSubject = Object.fromEntries(
    subjects.map((name) => [
      `k:{"name":"${name}"}`,
      {
        '.': {},
        'f:env': { '.': {}, 'k:{"name":"REGION"}': { '.': {}, ...fields('name', 'value') } },
        'f:livenessProbe': {
          '.': {},
          'f:httpGet': { '.': {}, ...fields('path', 'port', 'scheme') },
          ...fields('failureThreshold', 'periodSeconds', 'timeoutSeconds'),
        },
        'f:ports': {
          '.': {},
          'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, ...fields('containerPort', 'protocol') },
        },
        'f:resources': {
          '.': {},
          'f:limits': { '.': {}, ...fields('cpu', 'memory') },
          'f:requests': { '.': {}, ...fields('cpu', 'memory') },
        },
        ...fields('args', 'command', 'image', 'imagePullPolicy', 'name'),
      },
    ]),
  );
  const conditions = ['Ready', 'Initialized', 'PodScheduled'].map((type) => [
    `k:{"type":"${type}"}`,
    { '.': {}, ...fields('status', 'type', 'lastProbeTime', 'lastTransitionTime') },
  ]);
  return [
    entry('kube-controller-manager', 'Update', {
      'f:metadata': { 'f:labels': { '.': {}, ...fields('app', 'tier') } },
      'f:spec': {
        'f:containers': perSubject,
        ...fields('dnsPolicy', 'restartPolicy', 'schedulerName', 'securityContext'),
      },
    }),
    entry(
      'kubelet',
      'Update',
      {
        'f:status': {
          'f:conditions': Object.fromEntries(conditions),
          ...fields('phase', 'podIP', 'startTime', 'containerStatuses'),
        },
      },
      'status',
    ),
  ];
}

const container = (name, i) => ({
  name,
  image: `registry.example.com/shop/${name}:v1.${i % 40}.0`,
  command: ['/bin/server'],
  args: ['--listen=:8080', `--shard=${i % 16}`],
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'REGION', value: 'eu-west-1' },
    { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
  ],
  resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
  volumeMounts: [
    { name: 'config', mountPath: '/etc/app' },
    { name: 'token', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ],
  livenessProbe: {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    failureThreshold: 3,
  },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

const metadata = (name, i) => ({
  name: `${name}-${i}`,
  namespace: `team-${i % 50}`,
  uid: `${String(i).padStart(8, '0')}-1111-4222-8333-00000000abcd`,
  resourceVersion: String(100_000 + i),
  generation: 1,
  creationTimestamp: time,
  labels: { app: `app-${i % 200}`, 'app.kubernetes.io/name': 'web', tier: 'frontend' },
  annotations: { 'prometheus.io/scrape': 'true', 'checksum/config': 'ab12'.repeat(16) },
});

const podSpec = (i) => ({
  volumes: [{ name: 'config', configMap: { name: `cfg-${i % 200}`, defaultMode: 420 } }],
  containers: ['app', 'proxy', 'log'].map((name) => container(name, i)),
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  nodeName: `node-${i % 5000}`,
  securityContext: {},
  schedulerName: 'default-scheduler',
});

const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
        )
      : value;

export const kinds = {
  pod: (i) => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata('web', i),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `web-${i % 2000}`,
          uid: 'aaaa',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: managedFields(['app', 'proxy', 'log']),
    },
    spec: podSpec(i),
    status: {
      phase: 'Running',
      conditions: ['Initialized', 'Ready', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: time,
      })),
      hostIP: '10.0.0.1',
      podIP: `10.1.${i % 250}.2`,
      startTime: time,
      containerStatuses: ['app', 'proxy', 'log'].map((name) => ({
        name,
        state: { running: { startedAt: time } },
        lastState: {},
        ready: true,
        restartCount: 0,
        imageID: `registry.example.com/${name}@sha256:${'0123abcd'.repeat(8)}`,
        started: true,
      })),
    },
  }),
  deployment: (i) => ({
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { ...metadata('web', i), managedFields: managedFields(['app', 'proxy', 'log']) },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { creationTimestamp: null, labels: { app: 'web' } }, spec: podSpec(i) },
    },
    status: { observedGeneration: 1, replicas: 3, readyReplicas: 3 },
  }),
  // Custom resources come with all their keys sorted, so that managedFields stands before name.
  'custom resource': (i) =>
    sorted({
      apiVersion: 'example.com/v1',
      kind: 'Website',
      metadata: { ...metadata('site', i), managedFields: managedFields(['app', 'proxy']) },
      spec: podSpec(i),
      status: { ready: true },
    }),
  'bare secret': (i) => ({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: metadata('secret', i),
    data: { token: 'bm90IGEgc2VjcmV0'.repeat(20) },
    type: 'Opaque',
  }),
  'big config map': (i) => ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { ...metadata('script', i), managedFields: managedFields(['app']) },
    data: { 'run.sh': 'echo "step one" && déjà vu \\\n'.repeat(40_000) },
  }),
};
