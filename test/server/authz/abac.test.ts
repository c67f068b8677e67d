import { describe, expect, it } from 'vitest';
import { abacAuthorizer } from '../../../src/server/authz/abac.js';
import type { Attributes } from '../../../src/server/object/authorization.js';

const policy = (spec: object): string =>
  JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec });
const alice = { username: 'alice', groups: ['staff', 'system:authenticated'] };
const on = (verb: string, resource: string, namespace = 'x', group = ''): Attributes => ({
  user: alice,
  verb,
  path: '',
  resource: { group, version: 'v1', resource, subresource: '', namespace, name: '' },
});
const at = (path: string, verb = 'get'): Attributes => ({ user: alice, verb, path });
const allows = async (lines: string, attributes: Attributes): Promise<boolean> =>
  (await abacAuthorizer(lines, 'policies').authorize(attributes)).allowed;

describe('authorization by attributes', () => {
  it.each([
    [{ user: 'alice', resource: 'pods', namespace: 'x' }, on('create', 'pods'), true],
    [{ user: 'alice', resource: 'pods', namespace: 'x' }, on('get', 'pods', 'y'), false],
    [{ user: 'alice', resource: 'pods' }, on('get', 'pods'), false],
    [{ user: 'alice', resource: 'pods', namespace: '*' }, on('get', 'pods', '', 'apps'), false],
    [{ user: 'alice', resource: '*', namespace: '*', apiGroup: '*' }, on('get', 'pods', '', 'apps'), true],
    [{ user: 'alice', resource: 'pods', namespace: 'x', readonly: true }, on('create', 'pods'), false],
    [{ user: 'alice', resource: 'pods', namespace: 'x', readonly: true }, on('watch', 'pods'), true],
    [{ group: 'staff', resource: 'pods', namespace: 'x' }, on('get', 'pods'), true],
    [{ user: 'alice', group: 'guests', resource: 'pods', namespace: 'x' }, on('get', 'pods'), false],
    [{ user: '*', group: 'guests', resource: 'pods', namespace: 'x' }, on('get', 'pods'), false],
    [{ user: '*', nonResourcePath: '/api*' }, at('/apis/apps'), true],
    [{ user: '*', nonResourcePath: '/api' }, at('/apis'), false],
    [{ user: '*', nonResourcePath: '*' }, on('get', 'pods'), false],
    [{ resource: '*', namespace: '*' }, on('get', 'pods'), false],
  ] as const)('decides by %j', async (spec, attributes, allowed) => {
    expect(await allows(policy(spec), attributes)).toBe(allowed);
  });

  it('asks every line, and skips comments', async () => {
    const lines = `# first\n\n${policy({ user: 'bob', nonResourcePath: '*' })}\n${policy({ user: 'alice', nonResourcePath: '*' })}\n`;
    expect(await allows(lines, at('/x'))).toBe(true);
    expect(await allows('# none', at('/x'))).toBe(false);
  });

  it('reads lines without a version: an empty text matches everything', async () => {
    expect(await allows('{}', on('delete', 'deployments', 'y', 'apps'))).toBe(true);
    expect(await allows('{"user":"*","readonly":true}', at('/version'))).toBe(true);
    expect(await allows('{"user":"alice","resource":"pods"}', on('delete', 'pods'))).toBe(true);
    expect(await allows('{"user":"alice","resource":"pods"}', at('/version'))).toBe(false);
    expect(await allows('{"user":"bob"}', on('get', 'pods'))).toBe(false);
  });

  it('lists the rules of a user', async () => {
    const lines = [
      policy({ user: 'alice', resource: 'pods', namespace: 'x', readonly: true }),
      policy({ group: 'staff', nonResourcePath: '/metrics', namespace: '*' }),
      policy({ user: 'bob', resource: 'secrets', namespace: '*' }),
    ].join('\n');
    expect((await abacAuthorizer(lines, 'policies').rulesFor(alice, 'x')).rules).toEqual([
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['*'], nonResourceURLs: ['/metrics'] },
    ]);
  });

  it.each([
    ['{', 'the line is not JSON'],
    ['{"apiVersion":"v9","kind":"Policy"}', 'the object is not a Policy of abac.authorization.kubernetes.io/v1beta1'],
    [policy({ readonly: 'yes' }), 'readonly is not a boolean'],
  ])('refuses %s', (line, why) => {
    expect(() => abacAuthorizer(`# comment\n${line}`, 'policies')).toThrow(
      `cannot read the policy file policies, line 2: ${why}`,
    );
  });
});
