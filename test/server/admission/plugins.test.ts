import { describe, expect, it } from 'vitest';
import { pluginsOf } from '../../../src/server/admission/plugin-names.js';
import { systemClock } from '../../../src/util/clock.js';
import { TestServer } from '../client.js';

const pods = '/api/v1/namespaces/default/pods';
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
});
const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

describe('admission plugins', () => {
  it('run as in kube-apiserver by default, and besides those that are enabled by name', () => {
    const all = pluginsOf();
    expect(all.has('ServiceAccount')).toBe(true);
    expect(all.has('AlwaysPullImages')).toBe(false);
    expect(pluginsOf(['LimitRanger', 'AlwaysPullImages'], [])).toEqual(new Set([...all, 'AlwaysPullImages']));
    expect(pluginsOf([], ['ServiceAccount']).has('ServiceAccount')).toBe(false);
  });

  it('are refused by names nobody has, and where they are both wanted and unwanted', () => {
    expect(() => pluginsOf(['JobValidation'])).toThrow('cannot enable admission plugin JobValidation: it is');
    expect(pluginsOf([], ['JobValidation'])).toEqual(pluginsOf());
    expect(() => pluginsOf(['Bogus'])).toThrow('enable-admission-plugins plugin "Bogus" is unknown');
    expect(() => pluginsOf([], ['Bogus'])).toThrow('disable-admission-plugins plugin "Bogus" is unknown');
    expect(() => pluginsOf(['Priority', 'LimitRanger'], ['LimitRanger', 'Priority'])).toThrow(
      '[LimitRanger Priority] in enable-admission-plugins and disable-admission-plugins overlapped',
    );
    expect(() => new TestServer({ disableAdmissionPlugins: ['Bogus'] })).toThrow(/unknown/);
  });

  it('leave a pod as it was written where they do not run', async () => {
    const server = new TestServer({
      disableAdmissionPlugins: ['ServiceAccount', 'DefaultTolerationSeconds', 'Priority', 'RuntimeClass'],
    });
    const spec = { priorityClassName: 'nobody-knows', runtimeClassName: 'nobody-knows' };
    const { status, body } = await server.ask('POST', pods, pod('bare', spec));
    expect(status).toBe(201);
    for (const field of ['serviceAccountName', 'tolerations', 'priority', 'volumes'])
      expect(body.spec).not.toHaveProperty(field);
    const changed = await server.ask('PATCH', `${pods}/bare`, [{ op: 'add', path: '/metadata/labels', value: {} }], {
      'content-type': 'application/json-patch+json',
    });
    expect(changed.body.spec).not.toHaveProperty('tolerations');
    expect((await new TestServer().ask('POST', pods, pod('bare', spec))).status).toBe(403);
  });

  it('do not bound, count, protect or taint where they do not run', async () => {
    const server = new TestServer({
      disableAdmissionPlugins: [
        ...['ServiceAccount', 'LimitRanger', 'ResourceQuota', 'PodSecurity'],
        ...['StorageObjectInUseProtection', 'TaintNodesByCondition', 'NamespaceLifecycle'],
      ],
    });
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'strict', labels } });
    const limits = [{ type: 'Container', max: { cpu: '1m' }, default: { cpu: '1m' } }];
    await server.ask('POST', '/api/v1/namespaces/strict/limitranges', {
      metadata: { name: 'small' },
      spec: { limits },
    });
    await server.ask('POST', '/api/v1/namespaces/strict/resourcequotas', {
      metadata: { name: 'none' },
      spec: { hard: { pods: '0' } },
    });
    const created = await server.ask('POST', '/api/v1/namespaces/strict/pods', pod('free', { hostNetwork: true }));
    expect(created.status).toBe(201);
    expect(created.body.spec.containers[0].resources).toEqual({});
    const path = '/api/v1/namespaces/nowhere/persistentvolumeclaims';
    const { status, body } = await server.ask('POST', path, claim);
    expect(status).toBe(201);
    expect(body.metadata).not.toHaveProperty('finalizers');
    const node = await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    expect(node.body.spec).not.toHaveProperty('taints');
  });
});

describe('default classes', () => {
  const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
  const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
  const backend = { defaultBackend: { service: { name: 's', port: { number: 80 } } } };

  const withClasses = async (server: TestServer) => {
    for (const name of ['b', 'a', 'plain']) {
      const annotations = (which: string) =>
        name === 'plain' ? {} : { annotations: { [`${which}.kubernetes.io/is-default-class`]: 'true' } };
      await server.ask('POST', '/apis/storage.k8s.io/v1/storageclasses', {
        metadata: { name, ...annotations('storageclass') },
        provisioner: 'p',
      });
      await server.ask('POST', '/apis/networking.k8s.io/v1/ingressclasses', {
        metadata: { name, ...annotations('ingressclass') },
        spec: { controller: 'x.io/c' },
      });
    }
    return server;
  };

  it('are given to those who name none', async () => {
    const clock = { ...systemClock, now: () => 0 };
    const server = await withClasses(new TestServer({ clock }));
    const named = { ...claim, metadata: { name: 'named' }, spec: { ...claim.spec, storageClassName: 'other' } };
    expect((await server.ask('POST', claims, claim)).body.spec.storageClassName).toBe('a');
    expect((await server.ask('POST', claims, named)).body.spec.storageClassName).toBe('other');
    const made = await server.ask('POST', ingresses, { metadata: { name: 'i' }, spec: backend });
    expect(made.body.spec.ingressClassName).toBe('a');
    const annotations = { 'kubernetes.io/ingress.class': 'old' };
    const old = await server.ask('POST', ingresses, { metadata: { name: 'old', annotations }, spec: backend });
    expect(old.body.spec).not.toHaveProperty('ingressClassName');
  });

  it('are given to nobody where there are none, or where their plugins do not run', async () => {
    expect((await new TestServer().ask('POST', claims, claim)).body.spec).not.toHaveProperty('storageClassName');
    const disableAdmissionPlugins = ['DefaultStorageClass', 'DefaultIngressClass'];
    const server = await withClasses(new TestServer({ disableAdmissionPlugins }));
    expect((await server.ask('POST', claims, claim)).body.spec).not.toHaveProperty('storageClassName');
    const made = await server.ask('POST', ingresses, { metadata: { name: 'i' }, spec: backend });
    expect(made.body.spec).not.toHaveProperty('ingressClassName');
  });
});

describe('authorization modes', () => {
  const jane = { username: 'jane', groups: ['system:authenticated'] };
  const lists = async (...authorizationMode: ('RBAC' | 'AlwaysAllow' | 'AlwaysDeny')[]) => {
    const server = new TestServer({ authorizationMode });
    const { status } = await server.api.handle({ method: 'GET', path: pods, headers: {}, user: jane, body: undefined });
    const roles = await server.ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles');
    return { status, roles: roles.body.items.length > 0 };
  };

  it('are asked one after the other: whichever allows decides', async () => {
    expect(await lists('RBAC')).toEqual({ status: 403, roles: true });
    expect(await lists('RBAC', 'AlwaysAllow')).toEqual({ status: 200, roles: true });
    expect(await lists('AlwaysDeny')).toEqual({ status: 403, roles: false });
    expect(await lists('AlwaysDeny', 'AlwaysAllow')).toEqual({ status: 200, roles: false });
  });
});
