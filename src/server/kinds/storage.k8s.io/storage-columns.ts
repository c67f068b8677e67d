import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../../../../generated/storage.k8s.io/v1.js';
import { canonicalQuantity } from '../../../meta/index.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, orNone, withDefault } from '../../table/format.js';

const driver = columnsFor<CSIDriver>();
const csiNode = columnsFor<CSINode>();
const capacity = columnsFor<CSIStorageCapacity>();
const storageClass = columnsFor<StorageClass>();
const attachment = columnsFor<VolumeAttachment>();
const attributes = columnsFor<VolumeAttributesClass>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const storageColumns: { readonly [kind: string]: readonly Column[] } = {
  'storage.k8s.io/CSIDriver': [
    nameColumn,
    driver.boolean(
      'AttachRequired',
      'Whether volumes are attached to nodes.',
      ({ spec }) => spec.attachRequired ?? true,
    ),
    driver.boolean(
      'PodInfoOnMount',
      'Whether the driver is told about the pod.',
      ({ spec }) => spec.podInfoOnMount ?? false,
    ),
    driver.boolean(
      'StorageCapacity',
      'Whether free space counts for scheduling.',
      ({ spec }) => spec.storageCapacity ?? false,
    ),
    driver.text('TokenRequests', 'Audiences of the tokens the driver gets.', ({ spec }) =>
      spec.tokenRequests === undefined ? '<unset>' : spec.tokenRequests.map(({ audience }) => audience).join(','),
    ),
    driver.boolean(
      'RequiresRepublish',
      'Whether volumes are published again and again.',
      ({ spec }) => spec.requiresRepublish ?? false,
    ),
    driver.text('Modes', 'Kinds of volumes it serves.', ({ spec }) => orNone(spec.volumeLifecycleModes?.join(','))),
    ageColumn,
  ],
  'storage.k8s.io/CSINode': [
    nameColumn,
    csiNode.integer('Drivers', 'How many drivers the node has.', ({ spec }) => spec.drivers?.length ?? 0),
    ageColumn,
  ],
  'storage.k8s.io/CSIStorageCapacity': [
    nameColumn,
    capacity.text('StorageClassName', 'Class it is about.', ({ storageClassName }) => storageClassName),
    capacity.text('Capacity', 'Free space.', (object) =>
      object.capacity === undefined ? '<unset>' : canonicalQuantity(object.capacity),
    ),
  ],
  'storage.k8s.io/StorageClass': [
    { ...nameColumn, cell: ({ metadata }) => withDefault(metadata, 'storageclass.kubernetes.io/is-default-class') },
    storageClass.text('Provisioner', 'Who makes the volumes.', ({ provisioner }) => provisioner),
    storageClass.text(
      'ReclaimPolicy',
      'What happens when they are released.',
      ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    ),
    storageClass.text(
      'VolumeBindingMode',
      'When they are made.',
      ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    ),
    storageClass.text(
      'AllowVolumeExpansion',
      'Whether they can grow.',
      ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    ),
    ageColumn,
  ],
  'storage.k8s.io/VolumeAttachment': [
    nameColumn,
    attachment.naming('Attacher', 'Who attaches it.', ({ spec }) => spec.attacher),
    attachment.text('PV', 'The volume.', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    attachment.text('Node', 'The node.', ({ spec }) => spec.nodeName),
    attachment.boolean('Attached', 'Whether it is attached.', ({ status }) => status?.attached ?? false),
    ageColumn,
  ],
  'storage.k8s.io/VolumeAttributesClass': [
    nameColumn,
    attributes.text('DriverName', 'The driver it is for.', ({ driverName }) => driverName),
    ageColumn,
  ],
};
