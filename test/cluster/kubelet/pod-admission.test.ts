import type { Node, Pod } from 'keelson/k8s';
import { expect, it } from 'vitest';
import { admitPod } from '../../../src/cluster/kubelet/pods/pod-admission.js';

const node: Node = {
  metadata: { name: 'node-1', labels: { 'kubernetes.io/os': 'linux', disk: 'ssd' } },
  spec: {
    taints: [
      { key: 'gone', effect: 'NoExecute' },
      { key: 'full', effect: 'NoSchedule' },
    ],
  },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '2' } },
};
const tolerations = [{ key: 'gone', operator: 'Exists' as const }];

const pod = (spec: object = {}, labels: Record<string, string> = {}): Pod => ({
  metadata: { name: 'web', labels },
  spec: { nodeName: 'node-1', tolerations, containers: [{ name: 'main', image: 'web' }], ...spec },
});
const withPort = (hostPort: number, hostIP?: string) =>
  pod({ containers: [{ name: 'main', image: 'web', ports: [{ containerPort: 80, hostPort, hostIP }] }] });
const wants = (key: string, value: string) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }],
      },
    },
  },
});

it('a pod that suits its node is admitted, whatever keeps only new pods away', () => {
  expect(admitPod(pod(), [], node)).toBeUndefined();
  expect(admitPod(pod({ nodeSelector: { disk: 'ssd' }, ...wants('disk', 'ssd') }), [pod()], node)).toBeUndefined();
  expect(admitPod(withPort(80, '10.0.0.1'), [withPort(80, '10.0.0.2')], node)).toBeUndefined();
  expect(admitPod(withPort(81), [withPort(80)], node)).toBeUndefined();
});

it.each([
  ['PodOSSelectorNodeLabelDoesNotMatch', pod({}, { 'kubernetes.io/os': 'windows' }), []],
  ['PodOSNotSupported', pod({ os: { name: 'windows' } }), []],
  ['SupplementalGroupsPolicyNotSupported', pod({ securityContext: { supplementalGroupsPolicy: 'Strict' } }), []],
  ['OutOfpods', pod({ nodeSelector: { disk: 'hdd' } }), [pod(), pod()]],
  ['NodeAffinity', pod({ nodeSelector: { disk: 'hdd' } }), []],
  ['NodeAffinity', pod(wants('disk', 'hdd')), []],
  ['NodeName', pod({ nodeName: 'node-2' }), []],
  ['NodePorts', withPort(80), [withPort(80, '10.0.0.1')]],
  ['TaintToleration', pod({ tolerations: [] }), []],
])('%s: a pod is refused that the scheduler would not have put there', (reason, refused, others) => {
  const { reason: told, message } = admitPod(refused, others, node) ?? { message: '' };
  expect(told).toBe(reason);
  if (reason.startsWith('Node') || reason.startsWith('Taint'))
    expect(message).toContain(`Predicate ${reason} failed: node(s) `);
});
