import { describe, expect, it } from 'vitest';
import { TestServer } from '../client.js';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** The names in a list. */
const names = (body: { items: { metadata: { name: string } }[] }) => body.items.map(({ metadata }) => metadata.name);

describe('A server has from the start', () => {
  it('the roles of controllers, each bound to the account that the controller has', async () => {
    const server = new TestServer();
    const name = 'system:controller:deployment-controller';
    const { body: role } = await server.ask('GET', `${rbac}/clusterroles/${name}`);
    expect(role.rules).toContainEqual({
      verbs: ['get', 'list', 'update', 'watch'],
      apiGroups: ['apps', 'extensions'],
      resources: ['deployments'],
    });
    const { body: binding } = await server.ask('GET', `${rbac}/clusterrolebindings/${name}`);
    expect(binding.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'deployment-controller', namespace: 'kube-system' },
    ]);
    expect(binding.metadata.managedFields[0].manager).toBe('kube-apiserver');
  });

  it('its levels of priority, and schemas that lead to no other', async () => {
    const server = new TestServer();
    const path = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const levels = names((await server.ask('GET', `${path}/prioritylevelconfigurations`)).body);
    const { body } = await server.ask('GET', `${path}/flowschemas`);
    expect(names(body)).toContain('catch-all');
    for (const { spec } of body.items) expect(levels).toContain(spec.priorityLevelConfiguration.name);
  });

  it('a service of its own, its range of addresses, classes for critical pods, and an APIService for each version', async () => {
    const server = new TestServer();
    const list = async (path: string) => names((await server.ask('GET', path)).body);
    expect(await list('/apis/scheduling.k8s.io/v1/priorityclasses')).toEqual([
      'system-cluster-critical',
      'system-node-critical',
    ]);
    expect(await list('/apis/networking.k8s.io/v1/servicecidrs')).toEqual(['kubernetes']);
    expect(await list('/apis/apiregistration.k8s.io/v1/apiservices')).toEqual(
      expect.arrayContaining(['v1.', 'v1.apps', 'v2.autoscaling']),
    );
    const own = await server.ask('GET', '/api/v1/namespaces/default/services/kubernetes');
    expect(own.body.spec.clusterIP).toBe('10.0.0.1');
  });

  it('objects in the form in which any other is written: a write of one as it is changes nothing', async () => {
    const server = new TestServer();
    for (const path of [
      `${rbac}/clusterroles/admin`,
      `${rbac}/clusterrolebindings/cluster-admin`,
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/system-node-high',
      '/apis/apiregistration.k8s.io/v1/apiservices/v1.apps',
      '/api/v1/namespaces/default',
    ]) {
      const { body } = await server.ask('GET', path);
      const again = await server.ask('PUT', path, body);
      expect(again.body.metadata.resourceVersion, path).toBe(body.metadata.resourceVersion);
    }
  });
});
