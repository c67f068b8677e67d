import { describe, expect, it } from 'vitest';
import { type Answer, TestServer } from '../client.js';

const pods = '/api/v1/namespaces/default/pods';
const server = new TestServer({ disableAdmissionPlugins: ['ServiceAccount'] });

/** Returns the server's error for a pod with these fields, or undefined if it accepts the pod. */
async function said(spec: object, path = pods): Promise<{ problem: string | undefined; made: Answer }> {
  const whole = { containers: [{ name: 'c', image: 'i' }], ...spec };
  const { status, body } = await server.ask('POST', `${path}?dryRun=All`, { metadata: { name: 'p' }, spec: whole });
  return { problem: status === 201 ? undefined : body.message.replace('Pod "p" is invalid: ', ''), made: body };
}

const container = (part: object) => ({ containers: [{ name: 'c', image: 'i', ...part }] });
const spread = (part: object) => ({
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 't', whenUnsatisfiable: 'DoNotSchedule', ...part }],
});
const near = (part: object) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 't', ...part }] } },
});
const term = 'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
const divided = (resource: string, divisor: string) =>
  container({ env: [{ name: 'E', valueFrom: { resourceFieldRef: { resource, divisor } } }] });
const pages = (requests: string, limits: string) =>
  container({ resources: { requests: { cpu: '1', 'hugepages-2Mi': requests }, limits: { 'hugepages-2Mi': limits } } });
const claims = (used: object[], given: object[] = [{ name: 'rc', resourceClaimName: 'x' }]) => ({
  ...container({ resources: { claims: used } }),
  resourceClaims: given,
});
const used = 'spec.containers[0].resources.claims';

describe('what a pod may not say, and how it is told', () => {
  it.each<[string, object, string | RegExp]>([
    [
      'two claims of a name',
      { resourceClaims: [1, 2].map(() => ({ name: 'a', resourceClaimName: 'x' })) },
      'spec.resourceClaims[1].name: Duplicate value: "a"',
    ],
    [
      'a claim of nothing',
      { resourceClaims: [{ name: 'a' }] },
      /spec.resourceClaims\[0\]: Invalid value: {"Name":"a","ResourceClaimName":null,.*: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`$/,
    ],
    [
      'a claim of two things',
      { resourceClaims: [{ name: 'a', resourceClaimName: 'x', resourceClaimTemplateName: 'y' }] },
      /at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified$/,
    ],
    [
      'an unknown claim',
      claims([{ name: 'b' }]),
      `${used}[0]: Not found: "b": must be one of the names in pod.spec.resourceClaims: rc`,
    ],
    [
      'a claim, and none there',
      claims([{ name: 'b' }], []),
      `${used}[0]: Not found: "b": must be one of the names in pod.spec.resourceClaims which is empty`,
    ],
    [
      'a request twice',
      claims([
        { name: 'rc', request: 'r' },
        { name: 'rc', request: 'r' },
      ]),
      `${used}[1]: Duplicate value: "rc/r"`,
    ],
    [
      'a request, and all of it',
      claims([{ name: 'rc', request: 'r' }, { name: 'rc' }]),
      `${used}[1]: Duplicate value: "rc"`,
    ],
    [
      'half a huge page',
      pages('3Mi', '3Mi'),
      /limits\[hugepages-2Mi\]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi/,
    ],
    [
      'keys without a selector',
      spread({ matchLabelKeys: ['a'] }),
      'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
    [
      'a bad key',
      near({ labelSelector: {}, matchLabelKeys: ['-'] }),
      new RegExp(`${term.replaceAll('[', '\\[')}.matchLabelKeys.0.: Invalid value: "-": name part must consist`),
    ],
    [
      'a key on both sides',
      near({ labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
      `${term}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
    [
      'no topology',
      near({ topologyKey: '' }),
      new RegExp(`^\\[${term.replaceAll('[', '\\[')}.topologyKey: Required value: can not be empty`),
    ],
    [
      'an empty policy',
      spread({ nodeTaintsPolicy: '' }),
      'spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "": supported values: "Honor", "Ignore"',
    ],
    [
      'a sysctl of no name there can be',
      { securityContext: { sysctls: [{ name: 'A', value: '1' }] } },
      'spec.securityContext.sysctls[0].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
    [
      'a sysctl twice',
      { securityContext: { sysctls: [1, 2].map(() => ({ name: 'kernel.shm', value: '1' })) } },
      'spec.securityContext.sysctls[1].name: Duplicate value: "kernel.shm"',
    ],
    [
      'a sleep longer than its grace',
      { ...container({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }), terminationGracePeriodSeconds: 30 },
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
    [
      'cpu in sevenths',
      divided('limits.cpu', '7'),
      /divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource$/,
    ],
    [
      'memory in tens',
      divided('requests.memory', '10'),
      /only divisor's values 1, 1k, .* are supported with the memory resource$/,
    ],
    [
      'a profile outside its folder',
      container({ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '/p' } } }),
      /localhostProfile: Invalid value: "\/p": must be a relative path$/,
    ],
    [
      'a profile of no type',
      container({ securityContext: { seccompProfile: {} } }),
      'spec.containers[0].securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set',
    ],
    [
      'a token for nobody',
      { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
    [
      'a kind of path there is not',
      { volumes: [{ name: 'v', hostPath: { path: '/h', type: 'x' } }] },
      /hostPath.type: Unsupported value: "x": supported values: "", "BlockDevice"/,
    ],
    [
      'a gate without a name',
      { schedulingGates: [{ name: '' }] },
      /spec.schedulingGates\[0\]: Invalid value: "": name part must be non-empty/,
    ],
    [
      'more for a container than for the pod',
      { ...container({ resources: { limits: { cpu: '3' } } }), resources: { limits: { cpu: '2' } } },
      /spec.resources.containers\[0\]\[cpu\].limits: Invalid value: "3": must be less than or equal to pod limits of 2/,
    ],
    [
      'less for the pod than for its containers',
      { ...container({ resources: { requests: { cpu: '3' } } }), resources: { requests: { cpu: '2' } } },
      'spec.resources.requests[cpu]: Invalid value: "2": must be greater than or equal to aggregate container requests of 3',
    ],
    [
      'devices for the pod as a whole',
      { resources: { limits: { 'example.com/x': '1' } } },
      /spec.resources.limits\[example.com\/x\]: Unsupported value: "example.com\/x": supported values: "cpu", "hugepages-", "memory"/,
    ],
  ])('%s', async (_what, spec, problem) => {
    const { problem: told } = await said(spec);
    if (typeof problem === 'string') expect(told).toBe(problem);
    else expect(told).toMatch(problem);
  });
});

describe('what a pod need not say', () => {
  it('is what it requests as a whole: what its containers do, or its limits', async () => {
    const { made } = await said({
      ...container({ resources: { requests: { cpu: '100m' } } }),
      resources: { limits: { cpu: '2', memory: '1Gi' } },
    });
    expect(made.spec.resources.requests).toEqual({ cpu: '100m', memory: '1Gi' });
    expect(made.status.qosClass).toBe('Burstable');
  });

  it('is when the image of a volume is pulled', async () => {
    const { made } = await said({ volumes: [{ name: 'v', image: { reference: 'a/b' } }] });
    expect(made.spec.volumes[0].image.pullPolicy).toBe('Always');
  });

  it('are trust bundles, as long as that is off: they are dropped', async () => {
    const sources = [{ clusterTrustBundle: { name: 'x', path: 'y' } }];
    const { made } = await said({ volumes: [{ name: 'v', projected: { sources } }] });
    expect(made.spec.volumes[0].projected.sources).toEqual([{}]);
  });
});

describe('a StatefulSet', () => {
  const sets = '/apis/apps/v1/namespaces/default/statefulsets';
  const set = (part: object) => ({
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...part,
  });
  const claim = (spec: object, name = 'data') => ({
    volumeClaimTemplates: [
      {
        metadata: { name },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
      },
    ],
  });

  it.each<[string, object, RegExp | undefined]>([
    [
      'claims as claims are',
      claim({ accessModes: [] }),
      /spec.volumeClaimTemplates\[0\].spec.accessModes: Required value: at least 1 access mode is required/,
    ],
    [
      'claims with names that volumes can have',
      claim({}, ''),
      /spec.template.spec.volumes\[0\].persistentVolumeClaim.claimName: Required value/,
    ],
    ['any history', { revisionHistoryLimit: -1 }, undefined],
    [
      'a selector that can be read',
      { selector: { matchLabels: { a: '!' } } },
      /spec.selector.matchLabels: Invalid value: "!"/,
    ],
  ])('may have %s', async (_what, part, problem) => {
    const { problem: told } = await said(set(part), sets);
    if (problem === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(problem);
  });

  it('keeps to itself how it replaces pods, where it says half of it', async () => {
    const { made } = await said(set({ updateStrategy: { type: 'RollingUpdate' } }), sets);
    expect(made.spec.updateStrategy).toEqual({ type: 'RollingUpdate' });
    const { made: silent } = await said(set({}), sets);
    expect(silent.spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  });
});
