import { describe, expect, it } from 'vitest';
import { pods } from '../../../src/server/kinds/core/pods/pod-strategy.js';
import { podWarnings } from '../../../src/server/kinds/core/pods/pod-warnings.js';

const plain = { name: 'main', image: 'registry.example/app:1.0' };

/** `reason field` of all that is wrong with a pod of this spec. */
function problems(spec: object, container: object = {}): string[] {
  const pod = structuredClone({ metadata: {}, spec: { containers: [{ ...plain, ...container }], ...spec } });
  pods.defaults?.(pod, undefined);
  return (pods.validate?.(pod) ?? []).map(({ reason, field }) => `${reason.replace('FieldValue', '')} ${field}`);
}

const inContainer = 'spec.containers[0]';

describe('What a pod may be', () => {
  it('takes a pod that uses much of what there is', () => {
    const probe = { httpGet: { path: '/', port: 'http', scheme: 'HTTP' }, periodSeconds: 5, successThreshold: 1 };
    const found = problems(
      {
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'c', configMap: { name: 'c', items: [{ key: 'k', path: 'a/b' }] } },
        ],
        initContainers: [{ name: 'side', image: 'i', restartPolicy: 'Always', startupProbe: probe }],
        tolerations: [{ operator: 'Exists' }, { key: 'a', operator: 'Equal', value: 'b' }],
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['::1'], searches: ['.', '_tcp.example.com.'] },
        activeDeadlineSeconds: 1,
        securityContext: { runAsUser: 0, seccompProfile: { type: 'Localhost', localhostProfile: 'p' } },
      },
      {
        ports: [
          { name: 'http', containerPort: 80, protocol: 'TCP' },
          { name: 'dns', containerPort: 80, protocol: 'UDP' },
        ],
        env: [
          { name: 'A.b-c', value: 'x' },
          { name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a.example/b']" } } },
        ],
        envFrom: [{ configMapRef: { name: 'c' } }],
        livenessProbe: probe,
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
        volumeMounts: [
          { name: 'v', mountPath: '/a', subPath: 'x/y' },
          { name: 'v', mountPath: '/b' },
        ],
        resources: { requests: { cpu: '1', 'example.com/gpu': '2' }, limits: { cpu: '1', 'example.com/gpu': '2' } },
      },
    );
    expect(found).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      'a name twice',
      { ports: [port({ name: 'a' }), port({ name: 'a', containerPort: 81 })] },
      ['Duplicate ports[1].name'],
    ],
    ['a name too long', { ports: [port({ name: 'abcdefghijklmnop' })] }, ['Invalid ports[0].name']],
    ['port zero', { ports: [port({ containerPort: 0 })] }, ['Required ports[0].containerPort']],
    ['a host port twice', { ports: [port({ hostPort: 9 }), port({ hostPort: 9 })] }, ['Duplicate ports[1].hostPort']],
    ['a variable with =', { env: [{ name: 'a=b' }] }, ['Invalid env[0].name']],
    ['a variable from nowhere', { env: [{ name: 'A', valueFrom: {} }] }, ['Invalid env[0].valueFrom']],
    [
      'a variable of a field it cannot show',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
      ['NotSupported env[0].valueFrom.fieldRef.fieldPath'],
    ],
    ['an environment from nowhere', { envFrom: [{}] }, ['Invalid envFrom']],
    ['a probe of nothing', { startupProbe: {} }, ['Required startupProbe']],
    [
      'a probe of two things',
      { livenessProbe: { exec: { command: ['x'] }, grpc: { port: 1 } } },
      ['Forbidden livenessProbe.grpc'],
    ],
    ['a hook of nothing', { lifecycle: { postStart: {} } }, ['Required lifecycle.postStart']],
    [
      'a patient readiness probe',
      { readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 1 } },
      ['Invalid readinessProbe.terminationGracePeriodSeconds'],
    ],
    ['a mount of no volume', { volumeMounts: [{ name: 'no', mountPath: '/' }] }, ['NotFound volumeMounts[0].name']],
    [
      'less than nothing',
      { resources: { limits: { memory: '-1' } } },
      ['Invalid resources.limits[memory]', 'Invalid resources.requests[memory]'],
    ],
    [
      'half a device',
      { resources: { limits: { 'a.b/c': '500m' }, requests: { 'a.b/c': '500m' } } },
      ['Invalid resources.limits[a.b/c]', 'Invalid resources.requests[a.b/c]'],
    ],
    ['a device without limit', { resources: { requests: { 'a.b/c': '1' } } }, ['Required resources.limits']],
    [
      'more than its limit',
      { resources: { requests: { cpu: '2' }, limits: { cpu: '1500m' } } },
      ['Invalid resources.requests'],
    ],
    [
      'privileges it refuses',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      ['Invalid securityContext'],
    ],
    ['a blank around its image', { image: 'a ' }, ['Invalid image']],
  ])('refuses a container with %s', (_what, container, expected) => {
    expect(problems({}, container)).toEqual(expected.map((one) => one.replace(' ', ` ${inContainer}.`)));
  });

  it.each<[string, object, string[]]>([
    [
      'two sources',
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
      ['Forbidden spec.volumes[0].hostPath'],
    ],
    ['a way out', { volumes: [{ name: 'v', hostPath: { path: '/a/..' } }] }, ['Invalid spec.volumes[0].hostPath.path']],
    ['no name', { volumes: [{ name: 'v', secret: {} }] }, ['Required spec.volumes[0].secret.secretName']],
    [
      'an odd mode',
      { volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 512 } }] },
      ['Invalid spec.volumes[0].configMap.defaultMode'],
    ],
  ])('refuses a volume with %s', (_what, spec, expected) => {
    expect(problems(spec)).toEqual(expected);
  });

  it.each<[string, object, string[]]>([
    ['no DNS', { dnsPolicy: 'None' }, ['Required spec.dnsConfig']],
    [
      'a toleration of all that names a value',
      { tolerations: [{ operator: 'Exists', value: 'x' }] },
      ['Invalid spec.tolerations[0].operator'],
    ],
    [
      'a soft toleration with a time',
      { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }] },
      ['Invalid spec.tolerations[0].effect'],
    ],
    [
      'a node of no kind',
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } },
      ['Required spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'],
    ],
    [
      'a skew of nothing',
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['Invalid spec.topologySpreadConstraints[0].maxSkew'],
    ],
    [
      'an init container that is asked how it is',
      { initContainers: [{ name: 'i', image: 'i', livenessProbe: {} }] },
      ['Forbidden spec.initContainers[0].livenessProbe'],
    ],
    ['an init container called like another', { initContainers: [plain] }, ['Duplicate spec.initContainers[0].name']],
    ['no time', { activeDeadlineSeconds: 0 }, ['Invalid spec.activeDeadlineSeconds']],
    ['a bad host name', { hostname: 'A' }, ['Invalid spec.hostname']],
  ])('refuses a pod with %s', (_what, spec, expected) => {
    expect(problems(spec)).toEqual(expected);
  });

  it('refuses a node together with scheduling gates only where a pod is made', () => {
    const pod = { metadata: {}, spec: { nodeName: 'n', schedulingGates: [{ name: 'a' }] } };
    expect(pods.validateCreate?.(pod).map(({ field }) => field)).toEqual(['spec.nodeName']);
    expect(pods.validateCreate?.({ metadata: {}, spec: { schedulingGates: [{ name: 'a' }] } })).toEqual([]);
  });
});

describe('What a pod is warned of', () => {
  it('says nothing of a plain pod', () => {
    expect(podWarnings({ containers: [plain] }, {})).toEqual([]);
  });

  it('tells what is old, what is hidden and what overlaps, in templates with their path', () => {
    const spec = {
      nodeSelector: { 'beta.kubernetes.io/arch': 'amd64', constructor: 'x' },
      volumes: [{ name: 'v', rbd: {} }],
      containers: [
        {
          ...plain,
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: 'more $(A)' },
            { name: 'A', value: '$(A)' },
          ],
          ports: [port({ hostPort: 1 }), port({})],
          resources: { limits: { memory: '1500m' } },
        },
      ],
    };
    expect(podWarnings(spec, {}, 'spec.template.')).toEqual([
      'spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
      'spec.template.spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+',
      'spec.template.spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.template.spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
      'spec.template.spec.containers[0].ports[1]: overlapping port definition with spec.template.spec.containers[0].ports[0]',
    ]);
  });
});

function port(fields: object): object {
  return { containerPort: 80, protocol: 'TCP', ...fields };
}
