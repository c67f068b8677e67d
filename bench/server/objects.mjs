// What is created and listed: a small ConfigMap, and a pod of two containers as a ReplicaSet would make it.

/** A ConfigMap as a client sends it. */
export function configMap(i) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `config-${i}`, labels: { app: `app-${i % 200}`, tier: 'backend' } },
    data: { 'log.level': 'info', 'listen.address': ':8080', region: 'eu-west-1', shard: String(i) },
  };
}

const probe = (path, port) => ({
  httpGet: { path, port, scheme: 'HTTP' },
  initialDelaySeconds: 5,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
});

const container = (name, i) => ({
  name,
  image: `registry.example.com/team-${i % 50}/${name}:v1.${i % 40}.0`,
  command: ['/bin/server'],
  args: ['--listen=:8080', '--log-level=info', `--shard=${i % 16}`],
  ports: [
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
  ],
  env: [
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
    { name: 'REGION', value: 'eu-west-1' },
    { name: 'TENANT', value: `team-${i % 50}` },
  ],
  resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
  volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
  livenessProbe: probe('/healthz', 8080),
  readinessProbe: probe('/ready', 8080),
  imagePullPolicy: 'IfNotPresent',
  securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true, allowPrivilegeEscalation: false },
});

/** A pod as a controller sends it: about 4 KiB, 8 KiB once it is stored. */
export function pod(i) {
  const set = `web-${(i % 2_000).toString(36).padStart(6, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${set}-${i.toString(36).padStart(5, 'x')}`,
      generateName: `${set}-`,
      labels: {
        app: `app-${i % 200}`,
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/instance': set,
        tier: 'frontend',
        'pod-template-hash': set.slice(4),
      },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'checksum/config': String(i).padStart(8, '0').repeat(8),
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: set,
          uid: `${String(i % 2_000).padStart(8, '0')}-aaaa-4bbb-8ccc-000000000000`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [{ name: 'config', configMap: { name: `config-${i % 200}`, defaultMode: 420 } }],
      containers: [container('app', i), container('proxy', i)],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
  };
}
