import { describe, expect, it } from 'vitest';
import { deployments } from '../../../src/server/kinds/apps/workload-kinds.js';
import { nodes } from '../../../src/server/kinds/cluster-kinds.js';
import { endpointSlices } from '../../../src/server/kinds/core/endpoints/endpoints-strategy.js';
import { limitRanges, resourceQuotas } from '../../../src/server/kinds/core/limits.js';
import { roleBindings, roles } from '../../../src/server/kinds/rbac.authorization.k8s.io/roles/role-strategy.js';
import type { FieldError } from '../../../src/server/object/field-error.js';
import { TestServer } from '../client.js';

const fields = (errors: readonly FieldError[] | undefined): string[] => (errors ?? []).map(({ field }) => field);

describe('What other kinds may be', () => {
  it('a role says what may be done and to what, and reaches no URLs from within a namespace', () => {
    const rules = [
      { apiGroups: [''], resources: ['pods'] },
      { nonResourceURLs: ['/x'], verbs: ['get'] },
    ];
    const found = roles.validate?.({ metadata: { namespace: 'n' }, rules });
    expect(fields(found)).toEqual(['rules[0].verbs', 'rules[1].nonResourceURLs']);
    expect(roles.validate?.({ metadata: {}, rules: rules.slice(1) })).toEqual([]);
  });

  it('a binding never changes its role', () => {
    const to = (name: string) => ({ metadata: {}, roleRef: { kind: 'ClusterRole', name } });
    expect(fields(roleBindings.validateUpdate?.(to('a'), to('b')))).toEqual(['roleRef']);
    expect(roleBindings.validateUpdate?.(to('a'), to('a'))).toEqual([]);
  });

  it('a node has each taint once, and keeps its networks', () => {
    const node = (spec: object) => ({ metadata: {}, spec });
    const twice = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoSchedule', value: 'b' },
    ];
    expect(fields(nodes.validate?.(node({ taints: twice })))).toEqual(['metadata.taints[1]']);
    const before = node({ podCIDRs: ['10.5.0.0/24'] });
    expect(fields(nodes.validateUpdate?.(node({ podCIDRs: ['10.6.0.0/24'] }), before))).toEqual(['spec.podCIDRs']);
    expect(nodes.validateUpdate?.(before, node({}))).toEqual([]);
  });

  it('a slice has addresses of its type', () => {
    const slice = (...addresses: string[]) => ({ metadata: {}, addressType: 'IPv4', endpoints: [{ addresses }] });
    expect(fields(endpointSlices.validate?.(slice()))).toEqual(['endpoints[0].addresses']);
    expect(fields(endpointSlices.validate?.(slice('192.0.2.1', '::2')))).toEqual(['endpoints[0].addresses']);
  });

  it('a quota counts whole things it knows; a limit range has its bounds in order', () => {
    const hard = { pods: '500m', nonsense: '1', 'count/configmaps': '1', 'requests.cpu': '100m' };
    const found = fields(resourceQuotas.validate?.({ metadata: {}, spec: { hard } }));
    expect(found).toEqual(['spec.hard[pods]', 'spec.hard[nonsense]', 'spec.hard[nonsense]']);
    const limits = [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }];
    expect(fields(limitRanges.validate?.({ metadata: {}, spec: { limits } }))).toEqual(['spec.limits[0].min[cpu]']);
  });

  it('a deployment has no more ready pods than pods', () => {
    const status = { replicas: 1, readyReplicas: 2 };
    const now = { metadata: {}, status };
    expect(fields(deployments.validateSubresource?.('status', now, now))).toEqual(['status.readyReplicas']);
  });
});

describe('How kinds are written', () => {
  const admission = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

  it.each([
    ['/api/v1/namespaces/default/services/a', { spec: { ports: [{ port: 80 }] } }],
    ['/api/v1/namespaces/default/endpoints/a', {}],
    ['/api/v1/namespaces/default/limitranges/a', { spec: { limits: [] } }],
    ['/apis/node.k8s.io/v1/runtimeclasses/a', { handler: 'h' }],
  ])('a PUT to %s makes it', async (path, body) => {
    const server = new TestServer();
    expect((await server.ask('PUT', path, { metadata: { name: 'a' }, ...body })).status).toBe(201);
  });

  it('some want to be told which version is overwritten', async () => {
    const server = new TestServer();
    await server.ask('POST', admission, { metadata: { name: 'a' } });
    expect((await server.ask('PUT', `${admission}/a`, { metadata: { name: 'a' } })).status).toBe(422);
  });

  it('some answer a deletion with themselves', async () => {
    const server = new TestServer();
    const path = '/apis/storage.k8s.io/v1/csinodes';
    await server.ask('POST', path, { metadata: { name: 'a' }, spec: { drivers: [] } });
    expect((await server.ask('DELETE', `${path}/a`)).body.kind).toBe('CSINode');
  });
});
