import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'm', image: 'i' }] } };
const base = { selector: { matchLabels: { a: 'b' } }, template };
const apps = '/apis/apps/v1/namespaces/default';
const networking = '/apis/networking.k8s.io/v1/namespaces/default';
const core = '/api/v1/namespaces/default';
const path = (more: object) => ({
  rules: [
    {
      http: {
        paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } }, ...more }],
      },
    },
  ],
});
const peer = (from: object) => ({ podSelector: {}, ingress: [{ from: [from] }] });
const storage = (more: object) => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  ...more,
});

/** A kind's collection, a spec, and the fields that are wrong in it. */
const cases: readonly [collection: string, spec: object, fields: readonly string[]][] = [
  [
    `${apps}/deployments`,
    { ...base, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
    ['spec.strategy.rollingUpdate.maxUnavailable'],
  ],
  [`${apps}/deployments`, { ...base, strategy: { type: 'X' } }, ['spec.strategy']],
  [`${apps}/deployments`, { ...base, minReadySeconds: 600 }, ['spec.progressDeadlineSeconds']],
  [
    `${apps}/statefulsets`,
    { ...base, podManagementPolicy: 'X', serviceName: 'A' },
    ['spec.podManagementPolicy', 'spec.serviceName'],
  ],
  [
    `${apps}/statefulsets`,
    { ...base, updateStrategy: { type: 'OnDelete', rollingUpdate: {} } },
    ['spec.updateStrategy.rollingUpdate'],
  ],
  [
    `${apps}/daemonsets`,
    { ...base, updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } },
    ['spec.updateStrategy.rollingUpdate.maxSurge'],
  ],
  [`${apps}/replicasets`, { ...base, selector: {} }, ['spec.selector']],
  [`${networking}/ingresses`, path({ backend: {} }), ['spec.rules[0].http.paths[0].backend']],
  [`${networking}/ingresses`, path({ path: '/a//b' }), ['spec.rules[0].http.paths[0].path']],
  [`${networking}/ingresses`, { ...path({}), tls: [{ hosts: ['A_b'] }] }, ['spec.tls[0].hosts[0]']],
  [`${networking}/networkpolicies`, peer({}), ['spec.ingress[0].from[0]']],
  [
    `${networking}/networkpolicies`,
    peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/9'] } }),
    ['spec.ingress[0].from[0].ipBlock.except[0]'],
  ],
  [
    `${networking}/networkpolicies`,
    { podSelector: {}, egress: [{ ports: [{ port: 90, endPort: 80 }] }] },
    ['spec.egress[0].ports[0].endPort'],
  ],
  [
    `${core}/persistentvolumeclaims`,
    storage({ accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }),
    ['spec.accessModes'],
  ],
  [
    `${core}/persistentvolumeclaims`,
    storage({ resources: { requests: { storage: '0' } } }),
    ['spec.resources[storage]'],
  ],
  ['/api/v1/persistentvolumes', { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } }, ['spec']],
  ['/apis/policy/v1/namespaces/default/poddisruptionbudgets', { minAvailable: '101%' }, ['spec.minAvailable']],
  [
    '/apis/batch/v1/namespaces/default/cronjobs',
    { schedule: 'x', jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } },
    ['spec.schedule'],
  ],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    { manualSelector: true, template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    ['spec.selector', 'spec.template.metadata.labels'],
  ],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    {
      podFailurePolicy: {
        rules: [
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: [0] } },
          { action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'x' }] },
          { action: 'Count' },
        ],
      },
      template: { spec: { ...template.spec, restartPolicy: 'Never' } },
    },
    [
      'spec.podFailurePolicy.rules[0].action',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]',
      'spec.podFailurePolicy.rules[1].onPodConditions[0].status',
      'spec.podFailurePolicy.rules[2]',
    ],
  ],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    { maxFailedIndexes: 1, template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    ['spec.backoffLimitPerIndex', 'spec.maxFailedIndexes'],
  ],
];

describe('Specs that cannot be', () => {
  it.each(cases)('%s refuses %j, for %j', async (collection, spec, fields) => {
    const { status, body } = await new TestServer().ask('POST', collection, { metadata: { name: 'x' }, spec });
    expect(status).toBe(422);
    expect(body.details.causes.map(({ field }: { field: string }) => field)).toEqual(fields);
  });

  it('a claim grows once it is bound, and never shrinks below what it has', async () => {
    const server = new TestServer();
    const claims = `${core}/persistentvolumeclaims`;
    const classes = '/apis/storage.k8s.io/v1/storageclasses';
    await server.ask('POST', classes, { metadata: { name: 'grows' }, provisioner: 'p', allowVolumeExpansion: true });
    await server.ask('POST', claims, { metadata: { name: 'c' }, spec: storage({ storageClassName: 'grows' }) });
    const resize = (size: string) =>
      server.ask(
        'PATCH',
        `${claims}/c`,
        { spec: { resources: { requests: { storage: size } } } },
        {
          'content-type': 'application/merge-patch+json',
        },
      );
    expect((await resize('2Gi')).status).toBe(422);
    const status = { phase: 'Bound', capacity: { storage: '1Gi' } };
    await server.ask('PATCH', `${claims}/c/status`, { status }, { 'content-type': 'application/merge-patch+json' });
    expect((await resize('2Gi')).status).toBe(200);
    expect((await resize('512Mi')).status).toBe(422);
  });
});
