import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../generated/core/v1.js';
import { subtractAmounts } from '../../src/cluster/resources/amounts.js';
import { podRequests } from '../../src/cluster/resources/pod-requests.js';

const container = (name: string, cpu: string, rest: Partial<Container> = {}): Container => ({
  name,
  image: 'i',
  resources: { requests: { cpu } },
  ...rest,
});

const pod = (spec: Partial<NonNullable<Pod['spec']>>, status: Pod['status'] = {}): Pod => ({
  metadata: { name: 'p' },
  spec: { containers: [], ...spec },
  status,
});

describe('podRequests', () => {
  it('adds the containers and the overhead', () => {
    const containers = [
      container('a', '250m'),
      container('b', '1', { resources: { requests: { cpu: 1, memory: '1Ki' } } }),
    ];
    expect(podRequests(pod({ containers, overhead: { memory: '24' } }))).toEqual({ cpu: 1250, memory: 1048 });
  });

  it('takes an init container that needs more than all containers, with the sidecars started before it', () => {
    const sidecar = container('s', '100m', { restartPolicy: 'Always' });
    const containers = [container('a', '200m')];
    expect(podRequests(pod({ containers, initContainers: [container('i', '1')] }))).toEqual({ cpu: 1000 });
    expect(podRequests(pod({ containers, initContainers: [sidecar, container('i', '1')] }))).toEqual({ cpu: 1100 });
    expect(podRequests(pod({ containers, initContainers: [container('i', '250m'), sidecar] }))).toEqual({ cpu: 300 });
  });

  it('lets requests of the pod stand for those of its containers', () => {
    const resources = { requests: { cpu: '2', 'example.com/gpu': '1' } };
    expect(podRequests(pod({ containers: [container('a', '200m')], resources }))).toEqual({ cpu: 2000 });
  });

  it('counts the greatest request while a container is resized, and the old one if the new one is infeasible', () => {
    const status = {
      containerStatuses: [
        { name: 'a', image: 'i', imageID: '', ready: true, restartCount: 0, resources: { requests: { cpu: '1' } } },
      ],
    };
    expect(podRequests(pod({ containers: [container('a', '3')] }, status))).toEqual({ cpu: 3000 });
    const conditions = [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }];
    expect(podRequests(pod({ containers: [container('a', '3')] }, { ...status, conditions }))).toEqual({ cpu: 1000 });
  });

  it('counts what containers do not request where it is asked to', () => {
    const missing = { cpu: 100, memory: 200 };
    expect(podRequests(pod({ containers: [container('a', '1'), container('b', '0')] }), { missing })).toEqual({
      cpu: 1000,
      memory: 400,
    });
  });

  it('gives amounts that can be subtracted again', () => {
    const total = { cpu: 5000 };
    subtractAmounts(total, podRequests(pod({ containers: [container('a', '2')] })));
    expect(total).toEqual({ cpu: 3000 });
  });
});
