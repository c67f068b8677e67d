import { describe, expect, it } from 'vitest';
import { type AuditRule, auditDecision } from '../../../src/server/audit/audit-policy.js';
import { readAuditPolicy } from '../../../src/server/audit/policy-file.js';
import type { Attributes } from '../../../src/server/object/authorization.js';

const tim = { username: 'tim@k8s.io', groups: ['humans'] };
const namespaced: Attributes = {
  user: tim,
  verb: 'get',
  path: '/api/v1/namespaces/default/pods/busybox',
  resource: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'default', name: 'busybox' },
};
const cluster: Attributes = {
  ...namespaced,
  resource: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'clusterroles',
    subresource: '',
    namespace: '',
    name: 'edit',
  },
};
const log: Attributes = {
  ...namespaced,
  resource: { group: '', version: 'v1', resource: 'pods', subresource: 'log', namespace: 'default', name: 'busybox' },
};
const logs: Attributes = { user: tim, verb: 'get', path: '/logs/busybox' };

describe('a rule of an audit policy', () => {
  it.each<[rule: Omit<AuditRule, 'level'>, matching: readonly Attributes[]]>([
    [{}, [namespaced, cluster, log, logs]],
    [{ users: ['tim@k8s.io'] }, [namespaced, cluster, log, logs]],
    [{ users: ['jane'] }, []],
    [{ userGroups: ['humans', 'cats'] }, [namespaced, cluster, log, logs]],
    [{ verbs: ['get'] }, [namespaced, cluster, log, logs]],
    [{ verbs: ['list'] }, []],
    [{ namespaces: ['default'] }, [namespaced, log]],
    [{ namespaces: [''] }, [cluster]],
    [{ resources: [{ group: '', resources: ['pods'] }] }, [namespaced]],
    [{ resources: [{ resources: ['pods/log'] }] }, [log]],
    [{ resources: [{ resources: ['pods/*'] }] }, [namespaced, log]],
    [{ resources: [{ resources: ['*/log'] }] }, [log]],
    [{ resources: [{ resources: ['*'] }] }, [namespaced, log]],
    [{ resources: [{ group: '*' }] }, [namespaced, cluster, log]],
    [{ resources: [{ group: '' }] }, [namespaced, log]],
    [{ resources: [{ resources: ['pods'], resourceNames: ['busybox'] }] }, [namespaced]],
    [{ resources: [{ resources: ['pods'], resourceNames: ['other'] }] }, []],
    [{ nonResourceURLs: ['/logs*'] }, [logs]],
    [{ nonResourceURLs: ['/logs'] }, []],
    [{ nonResourceURLs: ['*'] }, [logs]],
  ])('%j', (rule, matching) => {
    const policy = { rules: [{ level: 'Request', ...rule }] } as const;
    const found = [namespaced, cluster, log, logs].filter((one) => auditDecision(policy, one).level === 'Request');
    expect(found).toEqual(matching);
  });

  it('decides when it is the first to match, together with the policy', () => {
    const rules = [
      { level: 'None', verbs: ['list'] },
      { level: 'Metadata', omitStages: ['Panic'], omitManagedFields: false },
      { level: 'Request' },
    ] as const;
    const decision = auditDecision({ rules, omitStages: ['RequestReceived'], omitManagedFields: true }, namespaced);
    expect(decision).toEqual({ level: 'Metadata', omitStages: ['RequestReceived', 'Panic'], omitManagedFields: false });
    expect(auditDecision({ rules: [] }, namespaced).level).toBe('None');
  });
});

describe('the file of an audit policy', () => {
  const read = (text: string) => readAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${text}`, 'policy.yaml');

  it('is YAML', async () => {
    const { policy, warnings } = await read(
      'omitStages: [RequestReceived]\nrules:\n- level: Metadata\n  users: [a]\n  resources: [{group: apps, resources: [deployments]}]\n',
    );
    expect(warnings).toEqual([]);
    expect(policy).toMatchObject({
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', users: ['a'], resources: [{ group: 'apps', resources: ['deployments'] }] }],
    });
  });

  it('may have unknown fields, with a warning', async () => {
    const { warnings } = await read('rules: [{level: None, colour: red}]');
    expect(warnings).toEqual(['audit policy policy.yaml: unknown field "rules[0].colour"']);
  });

  it.each([
    ['rules: []', 'it has no rules'],
    ['rules: [{}]', 'rules[0].level: Required value'],
    [
      'rules: [{level: All}]',
      'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    [
      'rules: [{level: None, omitStages: [Never]}]',
      'rules[0].omitStages[0]: Invalid value: "Never": allowed stages are',
    ],
    ['rules: [{level: None, nonResourceURLs: [logs]}]', "must begin with a '/' character"],
    ['rules: [{level: None, nonResourceURLs: ["/a*b"]}]', 'must be the final character'],
    ['rules: [{level: None, nonResourceURLs: ["/a"], namespaces: [a]}]', 'rules cannot apply to both'],
    ['rules: [{level: None, resources: [{group: "apps/v1"}]}]', 'rules[0].resources.group: Invalid value: "apps/v1"'],
    ['rules: [{level: None, resources: [{resourceNames: [a]}]}]', 'using resourceNames requires at least one resource'],
    ['rules: [{level: None, users: tim}]', 'rules[0].users: expected a list of strings'],
    ['rules: [', 'cannot read the audit policy policy.yaml'],
  ])('is refused: %s', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });

  it('is a Policy', async () => {
    const why =
      'cannot read the audit policy p: it is "Policy" of "audit.k8s.io/v1beta1", not a Policy of audit.k8s.io/v1';
    await expect(readAuditPolicy('{"kind":"Policy","apiVersion":"audit.k8s.io/v1beta1"}', 'p')).rejects.toThrow(why);
  });
});
