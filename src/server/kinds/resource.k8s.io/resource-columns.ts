import type { ResourceClaim, ResourceSlice } from '../../../../generated/resource.k8s.io/v1.js';
import type { ResourcePoolStatusRequest } from '../../../../generated/resource.k8s.io/v1alpha3.js';
import type { DeviceTaintRule } from '../../../../generated/resource.k8s.io/v1beta2.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, since } from '../../table/format.js';

const claim = columnsFor<ResourceClaim>();
const pool = columnsFor<ResourcePoolStatusRequest>();
const slice = columnsFor<ResourceSlice>();
const taint = columnsFor<DeviceTaintRule>();

const nameAndAge: readonly Column[] = [nameColumn, ageColumn];

/** The columns of the kinds of the group, by `group/Kind`. */
export const resourceColumns: { readonly [kind: string]: readonly Column[] } = {
  'resource.k8s.io/DeviceClass': nameAndAge,
  'resource.k8s.io/DeviceTaintRule': [
    nameColumn,
    taint.text('Key', 'Key of the taint.', ({ spec }) => spec.taint.key),
    taint.text('Value', 'Value of the taint.', ({ spec }) => spec.taint.value ?? ''),
    taint.text('Effect', 'What the taint does.', ({ spec }) => spec.taint.effect),
    taint.text('TimeAdded', 'How long it has been there.', ({ spec }, now) =>
      spec.taint.timeAdded ? since(spec.taint.timeAdded, now) : '',
    ),
    ageColumn,
  ],
  'resource.k8s.io/ResourceClaim': [
    nameColumn,
    claim.text('State', 'How far it got.', ({ metadata, status }) => {
      const states = metadata.deletionTimestamp ? ['deleted'] : [];
      if (status?.allocation) states.push('allocated', ...((status.reservedFor ?? []).length > 0 ? ['reserved'] : []));
      else if (states.length === 0) states.push('pending');
      return states.join(',');
    }),
    ageColumn,
  ],
  'resource.k8s.io/ResourceClaimTemplate': nameAndAge,
  'resource.k8s.io/ResourcePoolStatusRequest': [
    nameColumn,
    pool.text('Driver', 'Driver it asks about.', ({ spec }) => spec?.driver ?? ''),
    pool.text('Total', 'Devices there are.', (object) => deviceSum(object, 'totalDevices')),
    pool.text('Available', 'Devices that are free.', (object) => deviceSum(object, 'availableDevices')),
    pool.text('Allocated', 'Devices in use.', (object) => deviceSum(object, 'allocatedDevices')),
    pool.text('Unavailable', 'Devices that cannot be used.', (object) => deviceSum(object, 'unavailableDevices')),
    pool.text('Errors', 'Pools that are inconsistent.', (object) =>
      unknownPools(object)
        ? '-'
        : String((object.status?.pools ?? []).filter(({ validationError }) => validationError !== undefined).length),
    ),
    pool.integer('Pools', 'Pools there are.', ({ status }) => status?.poolCount ?? 0),
    pool.text('Status', 'Whether the answer is there.', (object) => {
      const state = poolState(object);
      const { pools = [], poolCount = 0 } = object.status ?? {};
      return state === 'Complete' && poolCount > pools.length ? `Complete (${pools.length}/${poolCount} pools)` : state;
    }),
    pool.text('Completed', 'How long ago the answer came.', ({ status }, now) => {
      const complete = status?.conditions?.find(({ type, status: state }) => type === 'Complete' && state === 'True');
      return complete ? since(complete.lastTransitionTime, now) : '<none>';
    }),
  ],
  'resource.k8s.io/ResourceSlice': [
    nameColumn,
    slice.text('Node', 'Node the devices are on.', ({ spec }) => spec.nodeName ?? ''),
    slice.text('Driver', 'Driver of the devices.', ({ spec }) => spec.driver),
    slice.text('Pool', 'Pool the devices belong to.', ({ spec }) => spec.pool.name),
    ageColumn,
  ],
};

function poolState({ status }: ResourcePoolStatusRequest): string {
  const ended = status?.conditions?.find(
    ({ type, status: state }) => (type === 'Complete' || type === 'Failed') && state === 'True',
  );
  return ended?.type ?? 'Pending';
}

function unknownPools(object: ResourcePoolStatusRequest): boolean {
  return object.status === undefined || poolState(object) === 'Failed';
}

function deviceSum(
  object: ResourcePoolStatusRequest,
  field: 'totalDevices' | 'availableDevices' | 'allocatedDevices' | 'unavailableDevices',
): string {
  if (unknownPools(object)) return '-';
  return String((object.status?.pools ?? []).reduce((sum, each) => sum + (each[field] ?? 0), 0));
}
