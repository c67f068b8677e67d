import type { Stage } from './stage.js';

const apiVersion = 'kwok.x-k8s.io/v1alpha1';
const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const isAlive = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' } as const;

/** Returns the template of conditions with one status. `types` is a template expression that gives a list of names. */
function conditions(types: string, status: 'True' | 'False', reason?: string): string {
  const because = reason === undefined ? '' : `, reason: ${reason}`;
  return `{{ range ${types} }}
- { type: {{ . | Quote }}, status: "${status}", lastTransitionTime: {{ $now | Quote }}${because} }
{{ end }}`;
}

/** Returns the template of a container's status, within a range over containers. */
function container(state: string, rest: { readonly ready: boolean; readonly started?: boolean }): string {
  const { ready, started } = rest;
  const flags = [`ready: ${ready}`, ...(started === undefined ? [] : [`started: ${started}`]), 'restartCount: 0'];
  return `- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ${flags.join(', ')}, state: ${state} }`;
}

const running = '{ running: { startedAt: {{ $now | Quote }} } }';
const completed =
  '{ terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }';
const amounts = (field: string) => `{{ YAML ( or ${field} ( dict "cpu" "1k" "memory" "1Ti" "pods" "1M" ) ) 1 }}`;

const nodeReady = `{{ $now := Now }}
phase: Running
addresses:
- { type: InternalIP, address: {{ NodeIP | Quote }} }
- { type: Hostname, address: {{ NodeName | Quote }} }
capacity:
${amounts('.status.capacity')}
allocatable:
${amounts('.status.allocatable')}
conditions:
{{ range NodeConditions }}
- { type: {{ .type }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }}, message: {{ .message | Quote }},
    lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
{{ end }}
`;

const nodeHeartbeat = `{{ $now := Now }}
conditions:
{{ range .status.conditions }}
- { type: {{ .type }}, lastHeartbeatTime: {{ $now | Quote }} }
{{ end }}
`;

const podReady = `{{ $now := Now }}
{{ $host := NodeIPWith .spec.nodeName }}
{{ $pod := PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) .metadata.uid .metadata.name .metadata.namespace }}
phase: Running
startTime: {{ $now | Quote }}
hostIP: {{ $host | Quote }}
hostIPs: [ { ip: {{ $host | Quote }} } ]
podIP: {{ $pod | Quote }}
podIPs: [ { ip: {{ $pod | Quote }} } ]
conditions:
${conditions('list "Initialized" "Ready" "ContainersReady"', 'True')}
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
{{ if eq .restartPolicy "Always" }}
${container(running, { ready: true, started: true })}
{{ else }}
${container(completed, { ready: true })}
{{ end }}
{{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
${container(running, { ready: true, started: true })}
{{ end }}
`;

const podComplete = `{{ $now := Now }}
phase: Succeeded
conditions:
${conditions('list "Ready" "ContainersReady"', 'False', 'PodCompleted')}
containerStatuses:
{{ range .spec.containers }}
${container(completed, { ready: false, started: false })}
{{ end }}
`;

function stage(name: string, kind: 'Node' | 'Pod', spec: Omit<Stage['spec'], 'resourceRef'>): Stage {
  return { apiVersion, kind: 'Stage', metadata: { name }, spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec } };
}

/**
 * The stages of simulated nodes and their pods, unless others are given: nodes become ready, pods run at once, pods of jobs
 * succeed, and pods that are deleted go. They have the names and the effect of kwok's fast stages.
 */
export const defaultStages: readonly Stage[] = [
  stage('node-initialize', 'Node', {
    selector: { matchExpressions: [{ key: ready, operator: 'NotIn', values: ['True'] }] },
    next: { statusTemplate: nodeReady },
  }),
  stage('node-heartbeat-with-lease', 'Node', {
    selector: { matchExpressions: [{ key: ready, operator: 'In', values: ['True'] }] },
    delay: { durationMilliseconds: 270_000, jitterDurationMilliseconds: 330_000 },
    next: { statusTemplate: nodeHeartbeat },
  }),
  stage('pod-ready', 'Pod', {
    selector: {
      matchExpressions: [
        isAlive,
        { key: '.status.phase', operator: 'In', values: ['Pending'] },
        { key: ready, operator: 'NotIn', values: ['True'] },
      ],
    },
    next: { statusTemplate: podReady },
  }),
  stage('pod-complete', 'Pod', {
    selector: {
      matchExpressions: [
        isAlive,
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
      ],
    },
    next: { statusTemplate: podComplete },
  }),
  stage('pod-delete', 'Pod', {
    selector: { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }] },
    next: { delete: true },
  }),
];
