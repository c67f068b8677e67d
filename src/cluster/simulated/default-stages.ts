import type { Stage } from './stage.js';

const apiVersion = 'kwok.x-k8s.io/v1alpha1';
const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const isAlive = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' } as const;

const nodeReady = `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ NodeName | Quote }}
capacity:
{{ YAML ( or .status.capacity ( dict "cpu" "1k" "memory" "1Ti" "pods" "1M" ) ) 1 }}
allocatable:
{{ YAML ( or .status.allocatable ( dict "cpu" "1k" "memory" "1Ti" "pods" "1M" ) ) 1 }}
phase: Running
`;

const nodeHeartbeat = `
{{ $now := Now }}
conditions:
{{ range .status.conditions }}
- type: {{ .type }}
  lastHeartbeatTime: {{ $now | Quote }}
{{ end }}
`;

const podReady = `
{{ $now := Now }}
conditions:
{{ range list "Initialized" "Ready" "ContainersReady" }}
- type: {{ . }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
  {{ end }}
{{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ $host := NodeIPWith .spec.nodeName }}
hostIP: {{ $host | Quote }}
hostIPs:
- ip: {{ $host | Quote }}
{{ $pod := PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) .metadata.uid .metadata.name .metadata.namespace }}
podIP: {{ $pod | Quote }}
podIPs:
- ip: {{ $pod | Quote }}
phase: Running
startTime: {{ $now | Quote }}
`;

const podComplete = `
{{ $now := Now }}
conditions:
{{ range list "Ready" "ContainersReady" }}
- type: {{ . }}
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
phase: Succeeded
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
