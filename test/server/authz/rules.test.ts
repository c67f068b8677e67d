import { describe, expect, it } from 'vitest';
import { attributesOf, notAllowed } from '../../../src/server/authz/attributes.js';
import { allows, missingRights } from '../../../src/server/authz/rules.js';
import { splitPath } from '../../../src/server/http/request-info.js';
import type { PolicyRule } from '../../../src/server/object/authorization.js';

const jane = { username: 'jane', groups: ['dev'] };

function asked(method: string, path: string) {
  const [plain = '', query = ''] = path.split('?');
  return attributesOf({ method, path }, splitPath(plain) ?? [], new URLSearchParams(query), jane);
}

describe('what a request asks for', () => {
  it.each([
    ['GET', '/api/v1/namespaces/n/pods', 'list pods in n'],
    ['GET', '/api/v1/namespaces/n/pods?watch=1', 'watch pods in n'],
    ['GET', '/api/v1/watch/namespaces/n/pods', 'watch pods in n'],
    ['GET', '/api/v1/namespaces/n/pods?fieldSelector=metadata.name%3Dp', 'list pods p in n'],
    ['DELETE', '/apis/apps/v1/namespaces/n/deployments', 'deletecollection deployments.apps in n'],
    ['PATCH', '/apis/apps/v1/namespaces/n/deployments/d/scale', 'patch deployments/scale.apps d in n'],
    ['GET', '/api/v1/namespaces/n', 'get namespaces n in n'],
    ['PUT', '/api/v1/namespaces/n/finalize', 'update namespaces/finalize n in n'],
    ['GET', '/api/v1/nodes/x', 'get nodes x'],
    ['GET', '/api/v1', 'get path /api/v1'],
    ['POST', '/healthz?verbose', 'post path /healthz'],
  ])('%s %s: %s', (method, path, words) => {
    const { verb, resource, path: plain } = asked(method, path);
    const { group = '', subresource = '', name = '', namespace = '' } = resource ?? {};
    const what = `${resource?.resource}${subresource && `/${subresource}`}${group && `.${group}`}`;
    const said = `${verb} ${what}${name && ` ${name}`}${namespace && ` in ${namespace}`}`;
    expect(resource === undefined ? `${verb} path ${plain}` : said).toBe(words);
  });

  it('is named where it is refused', () => {
    expect(notAllowed(asked('GET', '/api/v1/namespaces/n/pods/p/log')).message).toBe(
      'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "n"',
    );
    expect(notAllowed(asked('GET', '/metrics'), 'why').message).toBe(
      'forbidden: User "jane" cannot get path "/metrics": why',
    );
  });
});

describe('a rule', () => {
  const rule = (more: Partial<PolicyRule>): PolicyRule => ({ verbs: ['get'], apiGroups: [''], ...more });

  it('allows its verbs on its resources, by name where it has names', () => {
    const pod = asked('GET', '/api/v1/namespaces/n/pods/p');
    expect(allows(rule({ resources: ['pods'] }), pod)).toBe(true);
    expect(allows(rule({ resources: ['pods'], verbs: ['list'] }), pod)).toBe(false);
    expect(allows(rule({ resources: ['pods'], resourceNames: ['q'] }), pod)).toBe(false);
    expect(allows(rule({ resources: ['pods'], apiGroups: ['apps'] }), pod)).toBe(false);
    expect(allows(rule({ resources: ['*'], verbs: ['*'], apiGroups: ['*'] }), pod)).toBe(true);
  });

  it('says nothing of subresources unless it names them', () => {
    const log = asked('GET', '/api/v1/namespaces/n/pods/p/log');
    expect(allows(rule({ resources: ['pods'] }), log)).toBe(false);
    expect(allows(rule({ resources: ['*/log'] }), log)).toBe(true);
  });

  it('reaches paths by their beginning', () => {
    const paths = { verbs: ['get'], nonResourceURLs: ['/custom/*'] };
    expect(allows(paths, asked('GET', '/custom/x'))).toBe(true);
    expect(allows(paths, asked('GET', '/other'))).toBe(false);
  });

  it('covers another, or leaves rights missing that are told together', () => {
    const owned = [rule({ resources: ['configmaps'], verbs: ['get', 'list'] })];
    expect(missingRights(owned, [rule({ resources: ['configmaps'], resourceNames: ['a'] })])).toEqual([]);
    expect(missingRights(owned, [rule({ resources: ['secrets', 'configmaps'], verbs: ['get', 'watch'] })])).toEqual([
      '{APIGroups:[""], Resources:["configmaps"], Verbs:["watch"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "watch"]}',
    ]);
  });
});
