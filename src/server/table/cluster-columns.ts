import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../fields.js';
import type { ServerObject } from '../registry/stored.js';
import { ageText } from './age.js';
import { ageColumn, type Column, count, field, nameColumn, none, orNone, text, wide } from './column.js';

const keys = (value: unknown): number => Object.keys(fieldsOf(value)).length;

/** The columns of ConfigMaps. */
export const configMapColumns: readonly Column[] = [
  nameColumn,
  text('Data', ({ data, binaryData }) => keys(data) + keys(binaryData), 'How many keys there are.'),
  ageColumn,
];

/** The columns of Secrets. */
export const secretColumns: readonly Column[] = [
  nameColumn,
  text('Type', ({ type }) => textOf(type), 'What kind of secret it is.'),
  text('Data', ({ data }) => keys(data), 'How many keys there are.'),
  ageColumn,
];

/** The columns of ServiceAccounts. */
export const serviceAccountColumns: readonly Column[] = [nameColumn, ageColumn];

/** The columns of Namespaces. */
export const namespaceColumns: readonly Column[] = [
  nameColumn,
  text('Status', field('status', 'phase'), 'Whether it is active or going.'),
  ageColumn,
];

/** The columns of Services. */
export const serviceColumns: readonly Column[] = [
  nameColumn,
  text('Type', field('spec', 'type'), 'How the service is reached.'),
  text('Cluster-IP', (object) => orNone(field('spec', 'clusterIP')(object)), 'Address inside the cluster.'),
  text('External-IP', externalText, 'Address outside the cluster.'),
  text('Port(s)', portsText, 'Ports of the service.'),
  ageColumn,
  wide(text('Selector', ({ spec }) => labelsText(fieldsOf(spec).selector), 'Which pods are behind it.')),
];

function externalText({ spec, status }: ServerObject): string {
  const { type, externalIPs, externalName } = fieldsOf(spec);
  if (type === 'ExternalName') return textOf(externalName);
  const given = listOf(externalIPs).map(textOf);
  if (type !== 'LoadBalancer') return orNone(given.join(','));
  const assigned = objectsOf(fieldsOf(fieldsOf(status).loadBalancer).ingress).map(
    (one) => textOf(one.ip) || textOf(one.hostname),
  );
  const all = [...assigned, ...given];
  return all.length > 0 ? all.join(',') : '<pending>';
}

function portsText({ spec }: ServerObject): string {
  const ports = objectsOf(fieldsOf(spec).ports).map(({ port, nodePort, protocol }) => {
    const node = (numberOf(nodePort) ?? 0) > 0 ? `:${nodePort}` : '';
    return `${port}${node}/${textOf(protocol)}`;
  });
  return orNone(ports.join(','));
}

function labelsText(labels: unknown): string {
  const pairs = Object.entries(fieldsOf(labels)).map(([key, value]) => `${key}=${textOf(value)}`);
  return orNone(pairs.sort().join(','));
}

/** The columns of Nodes. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  text('Status', nodeStatus, 'Whether the node is ready.'),
  text('Roles', nodeRoles, 'Roles by the labels of the node.'),
  ageColumn,
  text('Version', nodeInfo('kubeletVersion', ''), 'Version of the kubelet.'),
  wide(text('Internal-IP', nodeAddress('InternalIP'), 'Address inside the cluster.')),
  wide(text('External-IP', nodeAddress('ExternalIP'), 'Address outside the cluster.')),
  wide(text('OS-Image', nodeInfo('osImage', '<unknown>'), 'Operating system.')),
  wide(text('Kernel-Version', kernelText, 'Kernel and architecture.')),
  wide(text('Container-Runtime', nodeInfo('containerRuntimeVersion', '<unknown>'), 'What runs the containers.')),
];

function nodeStatus({ spec, status }: ServerObject): string {
  const ready = objectsOf(fieldsOf(status).conditions).find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return fieldsOf(spec).unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles({ metadata }: ServerObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return orNone([...new Set(roles)].sort().join(','));
}

function nodeInfo(name: string, fallback: string): (object: ServerObject) => string {
  return ({ status }) => textOf(fieldsOf(fieldsOf(status).nodeInfo)[name]) || fallback;
}

function kernelText(node: ServerObject): string {
  const kernel = nodeInfo('kernelVersion', '')(node);
  const architecture = nodeInfo('architecture', '')(node);
  if (kernel === '') return '<unknown>';
  return architecture === '' ? kernel : `${kernel} (${architecture})`;
}

function nodeAddress(type: string): (object: ServerObject) => string {
  return ({ status }) =>
    orNone(textOf(objectsOf(fieldsOf(status).addresses).find((one) => one.type === type)?.address));
}

/** The columns of Events. */
export const eventColumns: readonly Column[] = [
  text('Last Seen', (event, now) => ageText(lastSeen(event), now), 'When it happened last.'),
  text('Type', ({ type }) => textOf(type), 'Normal or Warning.'),
  text('Reason', ({ reason }) => textOf(reason), 'What happened, in a word.'),
  text('Object', (event) => objectText(involved(event)), 'What it happened to.'),
  wide(text('Subobject', (event) => textOf(involved(event).fieldPath), 'Which part of it.')),
  wide(text('Source', sourceText, 'Who says so.')),
  text('Message', (event) => textOf(event.message ?? event.note).trim(), 'What happened.'),
  wide(text('First Seen', (event, now) => ageText(firstSeen(event), now), 'When it happened first.')),
  wide(
    text(
      'Count',
      (event) => numberOf(fieldsOf(event.series).count) ?? numberOf(event.count ?? event.deprecatedCount) ?? 1,
      'How often.',
    ),
  ),
  wide({ ...nameColumn }),
];

function involved(event: ServerObject): { [field: string]: unknown } {
  return fieldsOf(event.involvedObject ?? event.regarding);
}

function objectText(object: { [field: string]: unknown }): string {
  return `${textOf(object.kind).toLowerCase()}/${textOf(object.name)}`;
}

function lastSeen(event: ServerObject): string {
  const observed = textOf(fieldsOf(event.series).lastObservedTime);
  return observed || textOf(event.lastTimestamp ?? event.deprecatedLastTimestamp) || textOf(event.eventTime);
}

function firstSeen(event: ServerObject): string {
  return textOf(event.firstTimestamp ?? event.deprecatedFirstTimestamp) || textOf(event.eventTime);
}

function sourceText(event: ServerObject): string {
  const source = fieldsOf(event.source ?? event.deprecatedSource);
  const component = textOf(source.component) || textOf(event.reportingComponent ?? event.reportingController);
  const host = textOf(source.host);
  return host === '' ? component : `${component}, ${host}`;
}

/** The columns of Leases. */
export const leaseColumns: readonly Column[] = [
  nameColumn,
  text('Holder', field('spec', 'holderIdentity'), 'Who holds it.'),
  ageColumn,
];

/** The columns of Ingresses. */
export const ingressColumns: readonly Column[] = [
  nameColumn,
  text('Class', (object) => orNone(field('spec', 'ingressClassName')(object)), 'Who serves it.'),
  text('Hosts', hostsText, 'Names it answers to.'),
  text('Address', ingressAddress, 'Where it is reached.'),
  text('Ports', ({ spec }) => (listOf(fieldsOf(spec).tls).length > 0 ? '80, 443' : '80'), 'Ports it listens on.'),
  ageColumn,
];

function hostsText({ spec }: ServerObject): string {
  const hosts = objectsOf(fieldsOf(spec).rules).map((rule) => textOf(rule.host));
  const named = hosts.filter((host) => host !== '');
  if (named.length === 0) return '*';
  return named.length > 3 ? `${named.slice(0, 3).join(',')} + ${named.length - 3} more...` : named.join(',');
}

function ingressAddress({ status }: ServerObject): string {
  return objectsOf(fieldsOf(fieldsOf(status).loadBalancer).ingress)
    .map((one) => textOf(one.ip) || textOf(one.hostname))
    .join(',');
}

/** The columns of PodDisruptionBudgets. */
export const budgetColumns: readonly Column[] = [
  nameColumn,
  text('Min Available', ({ spec }) => String(fieldsOf(spec).minAvailable ?? 'N/A'), 'Pods that must stay.'),
  text('Max Unavailable', ({ spec }) => String(fieldsOf(spec).maxUnavailable ?? 'N/A'), 'Pods that may go.'),
  count(
    'Allowed Disruptions',
    ({ status }) => numberOf(fieldsOf(status).disruptionsAllowed) ?? 0,
    'Pods that may go now.',
  ),
  ageColumn,
];

/** The columns of HorizontalPodAutoscalers. */
export const autoscalerColumns: readonly Column[] = [
  nameColumn,
  text('Reference', scaledText, 'What is scaled.'),
  text('Targets', targetsText, 'What is measured, and what is wanted.'),
  text('MinPods', ({ spec }) => String(numberOf(fieldsOf(spec).minReplicas) ?? '<unset>'), 'Fewest pods.'),
  text('MaxPods', ({ spec }) => numberOf(fieldsOf(spec).maxReplicas) ?? 0, 'Most pods.'),
  text('Replicas', ({ status }) => numberOf(fieldsOf(status).currentReplicas) ?? 0, 'Pods there are.'),
  ageColumn,
];

function scaledText({ spec }: ServerObject): string {
  const { kind, name } = fieldsOf(fieldsOf(spec).scaleTargetRef);
  return `${textOf(kind)}/${textOf(name)}`;
}

function targetsText({ spec, status }: ServerObject): string {
  const current = objectsOf(fieldsOf(status).currentMetrics);
  const texts = objectsOf(fieldsOf(spec).metrics).map((metric, index) => {
    const { name, target } = fieldsOf(metric.resource);
    const { averageUtilization, averageValue } = fieldsOf(target);
    const now = fieldsOf(fieldsOf(current[index]?.resource).current);
    if (averageUtilization !== undefined) {
      const used = numberOf(now.averageUtilization);
      return `${textOf(name)}: ${used === undefined ? '<unknown>' : `${used}%`}/${averageUtilization}%`;
    }
    return `${textOf(name)}: ${textOf(now.averageValue) || '<unknown>'}/${textOf(averageValue)}`;
  });
  return orNone(texts.join(', '));
}

/** The columns of PersistentVolumes. */
export const volumeColumns: readonly Column[] = [
  nameColumn,
  text('Capacity', ({ spec }) => textOf(fieldsOf(fieldsOf(spec).capacity).storage), 'How much it holds.'),
  text('Access Modes', ({ spec }) => modesText(fieldsOf(spec).accessModes), 'How it can be mounted.'),
  text('Reclaim Policy', field('spec', 'persistentVolumeReclaimPolicy'), 'What becomes of it after its claim.'),
  text('Status', going(field('status', 'phase')), 'Whether it is bound.'),
  text('Claim', claimText, 'Who has claimed it.'),
  text('StorageClass', field('spec', 'storageClassName'), 'Class of the storage.'),
  text(
    'VolumeAttributesClass',
    (object) => orNone(field('spec', 'volumeAttributesClassName')(object)).replace(none, '<unset>'),
    'Class of its attributes.',
  ),
  text('Reason', field('status', 'reason'), 'Why it is as it is.'),
  ageColumn,
  wide(text('VolumeMode', field('spec', 'volumeMode'), 'File system or block device.')),
];

/** The columns of PersistentVolumeClaims. */
export const claimColumns: readonly Column[] = [
  nameColumn,
  text('Status', going(field('status', 'phase')), 'Whether it is bound.'),
  text('Volume', field('spec', 'volumeName'), 'The volume it is bound to.'),
  text('Capacity', ({ status }) => textOf(fieldsOf(fieldsOf(status).capacity).storage), 'How much it holds.'),
  text('Access Modes', ({ status }) => modesText(fieldsOf(status).accessModes), 'How it can be mounted.'),
  text('StorageClass', field('spec', 'storageClassName'), 'Class of the storage.'),
  text(
    'VolumeAttributesClass',
    (object) => orNone(field('spec', 'volumeAttributesClassName')(object)).replace(none, '<unset>'),
    'Class of its attributes.',
  ),
  ageColumn,
  wide(text('VolumeMode', field('spec', 'volumeMode'), 'File system or block device.')),
];

function going(phase: (object: ServerObject) => string): (object: ServerObject) => string {
  return (object) => (object.metadata.deletionTimestamp === undefined ? phase(object) : 'Terminating');
}

const shortModes: { readonly [mode: string]: string } = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function modesText(modes: unknown): string {
  return listOf(modes)
    .map((mode) => shortModes[textOf(mode)] ?? textOf(mode))
    .join(',');
}

function claimText({ spec }: ServerObject): string {
  const { namespace, name } = fieldsOf(fieldsOf(spec).claimRef);
  return textOf(name) === '' ? '' : `${textOf(namespace)}/${textOf(name)}`;
}
