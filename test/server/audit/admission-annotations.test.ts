import { expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/server/audit/audit-event.js';
import type { AuditLevel } from '../../../src/server/audit/audit-policy.js';
import { WebhookDouble } from '../admission/webhook-double.js';
import { configMap, configMaps, TestServer } from '../client.js';

const registration = '/apis/admissionregistration.k8s.io/v1';
const pods = '/api/v1/namespaces/default/pods';
const rules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }];
const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }], hostNetwork: true } };

function audited(level: AuditLevel) {
  const events: AuditEvent[] = [];
  const server = new TestServer({
    disableAdmissionPlugins: ['ServiceAccount'],
    audit: {
      policy: { rules: [{ level }], omitStages: ['RequestReceived'] },
      sink: { write: (event) => void events.push(event) },
    },
  });
  const annotations = () => {
    const { annotations: all = {} } = events.at(-1) ?? {};
    return Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith('authorization.')));
  };
  return { server, events, annotations };
}

it('the object that was sent is recorded with its defaults, and without what the server fills in', async () => {
  const { server, events } = audited('Request');
  const spec = { ports: [{ port: 80 }] };
  await server.ask('POST', '/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec });
  const { requestObject } = events.at(-1) ?? {};
  expect(requestObject).toMatchObject({
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 's' },
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], type: 'ClusterIP', sessionAffinity: 'None' },
  });
  expect(requestObject?.metadata).toEqual({ name: 's' });
  expect(requestObject?.spec).not.toHaveProperty('clusterIP');
});

it('webhooks add annotations, and what they changed is recorded from the level Request on', async () => {
  const operations = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  const double = await WebhookDouble.start(() => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch,
    auditAnnotations: { key: 'value' },
  }));
  for (const level of ['Metadata', 'Request'] as const) {
    const { server, annotations } = audited(level);
    const hook = { rules, sideEffects: 'None', admissionReviewVersions: ['v1'] };
    const broken = { url: `https://127.0.0.1:${double.port}/`, caBundle: '' };
    await server.ask('POST', `${registration}/mutatingwebhookconfigurations`, {
      metadata: { name: 'm' },
      webhooks: [
        { ...hook, name: 'broken.example.org', failurePolicy: 'Ignore', clientConfig: broken },
        { ...hook, name: 'change.example.org', clientConfig: double.at('/') },
      ],
    });
    expect((await server.ask('POST', configMaps, configMap('a'))).status).toBe(201);
    const shown = (webhook: string, mutated: boolean) => JSON.stringify({ configuration: 'm', webhook, mutated });
    const patched = { configuration: 'm', webhook: 'change.example.org', patch: operations, patchType: 'JSONPatch' };
    expect(annotations()).toEqual({
      'change.example.org/key': 'value',
      'failed-open.mutation.webhook.admission.k8s.io/round_0_index_0': 'broken.example.org',
      'mutation.webhook.admission.k8s.io/round_0_index_0': shown('broken.example.org', false),
      'mutation.webhook.admission.k8s.io/round_0_index_1': shown('change.example.org', true),
      ...(level === 'Metadata' ? {} : { 'patch.webhook.admission.k8s.io/round_0_index_1': JSON.stringify(patched) }),
    });
  }
  await double.close();
});

it('PodSecurity and policies add theirs', async () => {
  const { server, annotations } = audited('Metadata');
  await server.ask('POST', pods, { ...pod, metadata: { name: 'before' } });
  expect(annotations()).toEqual({ 'pod-security.kubernetes.io/enforce-policy': 'privileged:latest' });
  const labels = { 'pod-security.kubernetes.io/audit': 'baseline' };
  const merge = { 'content-type': 'application/merge-patch+json' };
  await server.ask('PATCH', '/api/v1/namespaces/default', { metadata: { labels } }, merge);
  const made = await server.ask('POST', `${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'policy' },
    spec: {
      matchConstraints: { resourceRules: [{ ...rules[0], resources: ['pods'] }] },
      validations: [{ expression: 'true' }, { expression: 'object.metadata.name != "p"', message: 'not p' }],
      auditAnnotations: [{ key: 'name', valueExpression: 'string(object.metadata.name)' }],
    },
  });
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  await server.ask('POST', `${registration}/validatingadmissionpolicybindings`, {
    metadata: { name: 'binding' },
    spec: { policyName: 'policy', validationActions: ['Audit'] },
  });
  expect((await server.ask('POST', pods, pod)).status).toBe(201);
  const failure = {
    message: 'not p',
    policy: 'policy',
    binding: 'binding',
    expressionIndex: 1,
    validationActions: ['Audit'],
  };
  expect(annotations()).toEqual({
    'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
    'pod-security.kubernetes.io/audit-violations':
      'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    'policy/name': 'p',
    'validation.policy.admission.k8s.io/validation_failure': JSON.stringify([failure]),
  });
});

it('every answer names its request, audited or not', async () => {
  const server = new TestServer();
  const { headers } = await server.ask('GET', configMaps);
  expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect((await server.ask('GET', `${configMaps}/none`, undefined, { 'audit-id': 'mine' })).headers['audit-id']).toBe(
    'mine',
  );
  expect((await server.api.refuse({ method: 'GET', path: '/api', headers: {} })).headers['audit-id']).toBeDefined();
});
