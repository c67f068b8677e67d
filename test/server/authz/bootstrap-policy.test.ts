import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const group = 'rbac.authorization.k8s.io';

it('lets the controllers of kube-controller-manager do their work under the service accounts that are theirs', async () => {
  const server = new TestServer({ controllers: [] });
  const may = async (account: string, attributes: object): Promise<boolean> => {
    const { body } = await server.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: `system:serviceaccount:kube-system:${account}`, resourceAttributes: attributes },
    });
    return body.status.allowed;
  };
  const pods = { verb: 'create', version: 'v1', resource: 'pods', namespace: 'default' };
  expect(await may('job-controller', pods)).toBe(true);
  expect(await may('cronjob-controller', pods)).toBe(false);
  expect(await may('cronjob-controller', { ...pods, group: 'batch', resource: 'jobs' })).toBe(true);
  expect(await may('disruption-controller', { ...pods, verb: 'get', group: 'example.com', subresource: 'scale' })).toBe(
    true,
  );
  const secret = { verb: 'delete', version: 'v1', resource: 'secrets', namespace: 'kube-system' };
  expect(await may('token-cleaner', secret)).toBe(true);
  expect(await may('token-cleaner', { ...secret, namespace: 'default' })).toBe(false);
});

it('binds every role that is named as a controller to the account of the same name', async () => {
  const server = new TestServer({ controllers: [] });
  const names = async (plural: string) =>
    (await server.ask('GET', `/apis/${group}/v1/${plural}`)).body.items
      .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
      .filter((name: string) => name.startsWith('system:controller:'));
  const roles = await names('clusterroles');
  expect(roles.length).toBeGreaterThan(30);
  expect(await names('clusterrolebindings')).toEqual(roles);
});
