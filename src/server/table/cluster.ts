import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../../../generated/admissionregistration.k8s.io/v1.js';
import type { APIService } from '../../../generated/apiregistration.k8s.io/v1.js';
import type { CertificateSigningRequest } from '../../../generated/certificates.k8s.io/v1.js';
import type { Lease } from '../../../generated/coordination.k8s.io/v1.js';
import type { LeaseCandidate } from '../../../generated/coordination.k8s.io/v1beta1.js';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../generated/flowcontrol.apiserver.k8s.io/v1.js';
import type { StorageVersion } from '../../../generated/internal.apiserver.k8s.io/v1alpha1.js';
import type { RuntimeClass } from '../../../generated/node.k8s.io/v1.js';
import type { RoleBinding } from '../../../generated/rbac.authorization.k8s.io/v1.js';
import type { ResourceClaim, ResourceSlice } from '../../../generated/resource.k8s.io/v1.js';
import type { ResourcePoolStatusRequest } from '../../../generated/resource.k8s.io/v1alpha3.js';
import type { DeviceTaintRule } from '../../../generated/resource.k8s.io/v1beta2.js';
import type { PriorityClass } from '../../../generated/scheduling.k8s.io/v1.js';
import type { Column } from '../object/column.js';
import { columnsFor, nameColumn } from './column.js';
import { ageColumn, atMost, humanDuration, orNone, since } from './format.js';

const apiService = columnsFor<APIService>();
const binding = columnsFor<RoleBinding>();
const candidate = columnsFor<LeaseCandidate>();
const claim = columnsFor<ResourceClaim>();
const csr = columnsFor<CertificateSigningRequest>();
const flow = columnsFor<FlowSchema>();
const lease = columnsFor<Lease>();
const level = columnsFor<PriorityLevelConfiguration>();
const mutating = columnsFor<MutatingAdmissionPolicy>();
const pool = columnsFor<ResourcePoolStatusRequest>();
const policy = columnsFor<ValidatingAdmissionPolicy>();
const policyBinding = columnsFor<ValidatingAdmissionPolicyBinding>();
const priority = columnsFor<PriorityClass>();
const runtime = columnsFor<RuntimeClass>();
const slice = columnsFor<ResourceSlice>();
const storageVersion = columnsFor<StorageVersion>();
const taint = columnsFor<DeviceTaintRule>();
const webhooks = columnsFor<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>();

const webhookColumns: readonly Column[] = [
  nameColumn,
  webhooks.integer('Webhooks', 'How many webhooks there are.', (object) => object.webhooks?.length ?? 0),
  ageColumn,
];
const paramKind = (
  spec: { paramKind?: { apiVersion?: string | undefined; kind?: string | undefined } | undefined } | undefined,
) => (spec?.paramKind === undefined ? '<unset>' : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`);
const policyBindingColumns: readonly Column[] = [
  nameColumn,
  policyBinding.text('PolicyName', 'The policy that is bound.', ({ spec }) => spec.policyName ?? ''),
  policyBinding.text('ParamRef', 'The parameters it gets.', ({ spec }) => {
    const reference = spec.paramRef;
    if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`;
    return reference?.selector === undefined ? '<unset>' : JSON.stringify(reference.selector);
  }),
  ageColumn,
];

/** Subjects of one kind, by name; service accounts with their namespace. */
const subjects = (wanted: string) => (object: RoleBinding) =>
  (object.subjects ?? [])
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace, name }) => (wanted === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
const bindingColumns: readonly Column[] = [
  nameColumn,
  binding.text('Role', 'What is granted.', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  binding.wide('Users', 'Users it is granted to.', subjects('User')),
  binding.wide('Groups', 'Groups it is granted to.', subjects('Group')),
  binding.wide('ServiceAccounts', 'Service accounts it is granted to.', subjects('ServiceAccount')),
];
const nameAndAge: readonly Column[] = [nameColumn, ageColumn];

/** The columns of what runs the cluster itself, by `group/Kind`. */
export const clusterColumns: { readonly [kind: string]: readonly Column[] } = {
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': [
    nameColumn,
    mutating.integer('Mutations', 'How many changes it makes.', ({ spec }) => spec?.mutations?.length ?? 0),
    mutating.text('ParamKind', 'Kind of its parameters.', ({ spec }) => paramKind(spec)),
    ageColumn,
  ],
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': policyBindingColumns,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhookColumns,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': [
    nameColumn,
    policy.integer('Validations', 'How many rules it has.', ({ spec }) => spec?.validations?.length ?? 0),
    policy.text('ParamKind', 'Kind of its parameters.', ({ spec }) => paramKind(spec)),
    ageColumn,
  ],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBindingColumns,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhookColumns,
  'apiregistration.k8s.io/APIService': [
    nameColumn,
    apiService.text('Service', 'Who serves it.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local',
    ),
    apiService.text('Available', 'Whether it answers.', ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (available === undefined) return 'Unknown';
      return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
    }),
    ageColumn,
  ],
  'certificates.k8s.io/CertificateSigningRequest': [
    nameColumn,
    ageColumn,
    csr.text('SignerName', 'Who shall sign it.', ({ spec }) => orNone(spec.signerName)),
    csr.text('Requestor', 'Who asks for it.', ({ spec }) => spec.username ?? ''),
    csr.text('RequestedDuration', 'How long it shall be good for.', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    csr.text('Condition', 'What has become of it.', ({ status }) => {
      const has = (type: string) => status?.conditions?.some((each) => each.type === type) ?? false;
      const word = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
      return `${word}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
    }),
  ],
  'coordination.k8s.io/Lease': [
    nameColumn,
    lease.text('Holder', 'Who holds it.', ({ spec }) => spec?.holderIdentity ?? ''),
    ageColumn,
  ],
  'coordination.k8s.io/LeaseCandidate': [
    nameColumn,
    candidate.text('LeaseName', 'The lease it stands for.', ({ spec }) => spec?.leaseName ?? ''),
    candidate.text('BinaryVersion', 'Version of the program.', ({ spec }) => spec?.binaryVersion ?? ''),
    candidate.text('EmulationVersion', 'Version it behaves like.', ({ spec }) => spec?.emulationVersion ?? ''),
    ageColumn,
  ],
  'flowcontrol.apiserver.k8s.io/FlowSchema': [
    nameColumn,
    flow.text('PriorityLevel', 'Level its requests go to.', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
    flow.text('MatchingPrecedence', 'Lower ones are asked first.', ({ spec }) => spec?.matchingPrecedence ?? 0),
    flow.text('DistinguisherMethod', 'What tells its flows apart.', ({ spec }) =>
      orNone(spec?.distinguisherMethod?.type),
    ),
    ageColumn,
    flow.text(
      'MissingPL',
      'Whether the level is missing.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': [
    nameColumn,
    level.text('Type', 'Limited or Exempt.', ({ spec }) => spec?.type ?? ''),
    level.text(
      'NominalConcurrencyShares',
      'Its share of the server.',
      ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    level.text(
      'Queues',
      'How many queues it has.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.queues ?? '<none>',
    ),
    level.text(
      'HandSize',
      'Queues a flow may use.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.handSize ?? '<none>',
    ),
    level.text(
      'QueueLengthLimit',
      'Longest queue.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? '<none>',
    ),
    ageColumn,
  ],
  'internal.apiserver.k8s.io/StorageVersion': [
    nameColumn,
    storageVersion.text(
      'CommonEncodingVersion',
      'Version all servers write.',
      ({ status }) => status?.commonEncodingVersion ?? '<unset>',
    ),
    storageVersion.text('StorageVersions', 'Version each server writes.', ({ status }) =>
      atMost(
        (status?.storageVersions ?? []).map((each) => `${each.apiServerID}=${each.encodingVersion}`),
        3,
        '<unset>',
      ),
    ),
    ageColumn,
  ],
  'node.k8s.io/RuntimeClass': [
    nameColumn,
    runtime.text('Handler', 'What runs the containers.', ({ handler }) => handler),
    ageColumn,
  ],
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingColumns,
  'rbac.authorization.k8s.io/RoleBinding': bindingColumns,
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
  'scheduling.k8s.io/PriorityClass': [
    nameColumn,
    priority.integer('Value', 'The higher, the sooner.', ({ value }) => value),
    priority.boolean(
      'Global-Default',
      'Whether pods without a class get it.',
      ({ globalDefault }) => globalDefault ?? false,
    ),
    ageColumn,
    priority.text(
      'PreemptionPolicy',
      'Whether it drives others out.',
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
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
