import type {
  ComponentStatus,
  ConfigMap,
  Endpoints,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
} from '../../../../generated/core/v1.js';
import { canonicalQuantity } from '../../../meta/index.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, atMost, containerColumns, labelsText, orNone } from '../../table/format.js';
import { eventColumns } from './events/event-columns.js';
import { podColumns } from './pods/pod-columns.js';

const componentStatus = columnsFor<ComponentStatus>();
const healthOf = ({ conditions }: ComponentStatus) => conditions?.find(({ type }) => type === 'Healthy');
const configMap = columnsFor<ConfigMap>();
const endpoints = columnsFor<Endpoints>();
const namespace = columnsFor<Namespace>();
const node = columnsFor<Node>();
const podTemplate = columnsFor<PodTemplate>();
const controller = columnsFor<ReplicationController>();
const quota = columnsFor<ResourceQuota>();
const secret = columnsFor<Secret>();
const service = columnsFor<Service>();
const volume = columnsFor<PersistentVolume>();
const claim = columnsFor<PersistentVolumeClaim>();

/** The columns of the core group, by kind. */
export const coreColumns: { readonly [kind: string]: readonly Column[] } = {
  ComponentStatus: [
    nameColumn,
    componentStatus.text('Status', 'Whether the component is healthy.', (object) => {
      const health = healthOf(object);
      return health === undefined ? 'Unknown' : health.status === 'True' ? 'Healthy' : 'Unhealthy';
    }),
    componentStatus.text('Message', 'What the component says.', (object) => healthOf(object)?.message ?? ''),
    componentStatus.text('Error', 'What went wrong.', (object) => healthOf(object)?.error ?? ''),
  ],
  ConfigMap: [
    nameColumn,
    configMap.text('Data', 'How many entries there are.', ({ data, binaryData }) => sizeOf(data) + sizeOf(binaryData)),
    ageColumn,
  ],
  Endpoints: [
    nameColumn,
    endpoints.text('Endpoints', 'Addresses and ports that are ready.', ({ subsets = [] }) =>
      atMost(addressesOf(subsets), 3, '<none>'),
    ),
    ageColumn,
  ],
  Event: eventColumns,
  Namespace: [
    nameColumn,
    namespace.text('Status', 'Active or Terminating.', ({ status }) => status?.phase ?? ''),
    ageColumn,
  ],
  Node: [
    nameColumn,
    node.text('Status', 'Whether the node is ready, and whether pods may be placed on it.', ({ spec, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
      return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
    }),
    node.text('Roles', 'What the node is for, by its labels.', (object) => orNone(rolesOf(object).join(','))),
    ageColumn,
    node.text('Version', 'Version of the kubelet.', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    node.wide('Internal-IP', 'Address inside the cluster.', (object) => addressOf(object, 'InternalIP')),
    node.wide('External-IP', 'Address outside the cluster.', (object) => addressOf(object, 'ExternalIP')),
    node.wide('OS-Image', 'Operating system.', ({ status }) => status?.nodeInfo?.osImage || '<unknown>'),
    node.wide('Kernel-Version', 'Version of the kernel, and the architecture.', ({ status }) => {
      const { kernelVersion, architecture } = status?.nodeInfo ?? {};
      return `${kernelVersion || '<unknown>'}${architecture ? ` (${architecture})` : ''}`;
    }),
    node.wide(
      'Container-Runtime',
      'Container runtime.',
      ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
    ),
  ],
  PersistentVolume: [
    nameColumn,
    volume.text('Capacity', 'Size of the volume.', ({ spec }) => sizeText(spec?.capacity?.storage)),
    volume.text('Access Modes', 'How it may be mounted.', ({ spec }) => accessModes(spec?.accessModes)),
    volume.text(
      'Reclaim Policy',
      'What happens when it is released.',
      ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    ),
    volume.text('Status', 'Phase of the volume.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    volume.text('Claim', 'The claim it is bound to.', ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    volume.text('StorageClass', 'Class of the volume.', ({ metadata, spec }) =>
      storageClass(metadata.annotations, spec?.storageClassName),
    ),
    volume.text(
      'VolumeAttributesClass',
      'Class of its attributes.',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    volume.text('Reason', 'Why it failed.', ({ status }) => status?.reason ?? ''),
    ageColumn,
    volume.wide('VolumeMode', 'File system or block device.', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  PersistentVolumeClaim: [
    nameColumn,
    claim.text('Status', 'Phase of the claim.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    claim.text('Volume', 'The volume it is bound to.', ({ spec }) => spec?.volumeName ?? ''),
    claim.text('Capacity', 'Size of the volume.', ({ spec, status }) =>
      spec?.volumeName ? sizeText(status?.capacity?.storage) : '',
    ),
    claim.text('Access Modes', 'How it is mounted.', ({ spec, status }) =>
      spec?.volumeName ? accessModes(status?.accessModes) : '',
    ),
    claim.text('StorageClass', 'Class asked for.', ({ metadata, spec }) =>
      storageClass(metadata.annotations, spec?.storageClassName),
    ),
    claim.text(
      'VolumeAttributesClass',
      'Class of attributes asked for.',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn,
    claim.wide('VolumeMode', 'File system or block device.', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  Pod: podColumns,
  PodTemplate: [
    nameColumn,
    // Not only with `-o wide`, unlike elsewhere.
    ...containerColumns<PodTemplate>(({ template }) => template?.spec).map((column) => ({ ...column, priority: 0 })),
    podTemplate.text('Pod Labels', 'Labels of the pods made from it.', ({ template }) =>
      labelsText(template?.metadata?.labels),
    ),
  ],
  ReplicationController: [
    nameColumn,
    controller.integer('Desired', 'Pods asked for.', ({ spec }) => spec?.replicas ?? 0),
    controller.integer('Current', 'Pods there are.', ({ status }) => status?.replicas ?? 0),
    controller.integer('Ready', 'Pods that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template?.spec),
    controller.wide('Selector', 'Which pods count.', ({ spec }) => labelsText(spec?.selector)),
  ],
  ResourceQuota: [
    nameColumn,
    quota.text('Request', 'Used and allowed, except limits.', (object) => usage(object, false)),
    quota.text('Limit', 'Used and allowed limits.', (object) => usage(object, true)),
    ageColumn,
  ],
  Secret: [
    nameColumn,
    secret.text('Type', 'What it is for.', ({ type }) => type ?? ''),
    secret.text('Data', 'How many entries there are.', ({ data }) => sizeOf(data)),
    ageColumn,
  ],
  Service: [
    nameColumn,
    service.text('Type', 'How the service is reached.', ({ spec }) => spec?.type ?? ''),
    service.text('Cluster-IP', 'Address inside the cluster.', ({ spec }) => orNone(spec?.clusterIPs?.[0])),
    service.text('External-IP', 'Address outside the cluster.', externalAddress),
    service.text('Port(s)', 'Ports of the service, and of the nodes.', ({ spec }) =>
      orNone(
        spec?.ports
          ?.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
          .join(','),
      ),
    ),
    ageColumn,
    service.wide('Selector', 'Which pods serve.', ({ spec }) => labelsText(spec?.selector)),
  ],
  ServiceAccount: [nameColumn, ageColumn],
};

function sizeOf(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}

function sizeText(quantity: string | number | undefined): string {
  return quantity === undefined ? '0' : canonicalQuantity(quantity);
}

const modeNames: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

function accessModes(modes: readonly string[] = []): string {
  return modeNames
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

/** The annotation is how classes were named before there was a field; where it stands it still counts. */
function storageClass(annotations: { [key: string]: string } | undefined, name: string | undefined): string {
  return annotations?.['volume.beta.kubernetes.io/storage-class'] ?? name ?? '';
}

function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits.') === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${sizeText(status?.used?.[name])}/${sizeText(hard)}`)
    .join(', ');
}

function rolesOf({ metadata }: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata?.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/')) roles.add(key.slice('node-role.kubernetes.io/'.length));
    else if (key === 'kubernetes.io/role') roles.add(value);
  }
  roles.delete('');
  return [...roles].sort();
}

function addressOf({ status }: Node, wanted: string): string {
  return orNone(status?.addresses?.find(({ type }) => type === wanted)?.address);
}

function externalAddress({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(own.join(','));
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter(Boolean);
      return [...[...new Set(given)].sort(), ...own].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function addressesOf(subsets: NonNullable<Endpoints['subsets']>): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) => {
    const hosts = addresses.map(({ ip }) => ip);
    if (ports.length === 0) return hosts;
    return ports.flatMap(({ port }) => hosts.map((host) => `${host.includes(':') ? `[${host}]` : host}:${port}`));
  });
}
