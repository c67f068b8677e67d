import { FieldSet } from './field-set.js';
import { fieldElement, type PathElement } from './path-element.js';
import type { Cut } from './updater.js';

/** A path of plain field names. */
type FieldNames = readonly string[];

/**
 * The fields that a subresource can change: everything except `without` and the fields below. A writer does not own a field that its
 * subresource cannot change.
 */
export type FieldFilter = { readonly without: readonly FieldNames[] };

/** A door: a resource and, if not the main one, its subresource. */
export interface Door {
  group: string;
  kind: string;
  /** Empty or absent for the main resource. */
  subresource?: string | undefined;
  /** True if the kind has a `status` subresource. */
  hasStatus: boolean;
  /** True for custom resources. */
  custom?: boolean | undefined;
}

/** Doors that differ from the rule, by `group/Kind/subresource`. */
const special: { readonly [door: string]: FieldFilter } = {
  'apps/Deployment/status': { without: [['spec'], ['metadata', 'labels']] },
  '/Pod/status': { without: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']] },
  // Unlike those of its group.
  'apiextensions.k8s.io/CustomResourceDefinition/status': { without: [['spec']] },
  // Upstream defines filters for these two, and does not use them.
  '/Pod/ephemeralcontainers': { without: [] },
  '/Pod/resize': { without: [] },
  'certificates.k8s.io/CertificateSigningRequest/': { without: [['spec'], ['status']] },
  'certificates.k8s.io/CertificateSigningRequest/status': { without: [['spec'], ['status', 'conditions']] },
  'certificates.k8s.io/CertificateSigningRequest/approval': { without: [['spec'], ['status', 'certificate']] },
};

/** Groups whose `status` leaves metadata alone as well. */
const isolatedMetadata = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** The filter of a door, by the rules of kube-apiserver's strategies: `status` writes status, everything else does not. */
export function fieldFilterOf({ group, kind, subresource = '', hasStatus, custom = false }: Door): FieldFilter {
  const exception = custom ? undefined : special[`${group}/${kind}/${subresource}`];
  if (exception !== undefined) return exception;
  if (subresource === 'status') {
    const metadata = custom || isolatedMetadata.has(group) || (kind === 'ServiceCIDR' && group === 'networking.k8s.io');
    return { without: metadata ? [['metadata'], ['spec']] : [['spec']] };
  }
  return { without: hasStatus && subresource !== 'scale' ? [['status']] : [] };
}

/** The filter as a function over field sets; everything passes where there is none. */
export function cutBy(filter: FieldFilter | undefined): Cut {
  if (filter === undefined) return (set) => set;
  const excluded = FieldSet.of(...filter.without.map(elements));
  return (set) => set.recursiveDifference(excluded);
}

function elements(names: FieldNames): PathElement[] {
  return names.map(fieldElement);
}
