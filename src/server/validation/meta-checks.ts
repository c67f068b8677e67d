/**
 * The number of checks of an update's metadata beyond those for all kinds. Each check reports every fault again, as kube-apiserver does.
 */
export interface MetaChecks {
  /** The number of checks as a change of the old metadata. */
  readonly changes: number;
  /** The number of checks as a state of its own. */
  readonly states: number;
  /** True if finalizers must be qualified names. */
  readonly qualified: boolean;
}

/** A kind, as far as its metadata goes. */
interface Kind {
  readonly group: string;
  readonly plural: string;
  readonly custom?: unknown;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const unqualified = words(`/events policy/poddisruptionbudgets coordination.k8s.io/leases node.k8s.io/runtimeclasses
  apiregistration.k8s.io/apiservices apiextensions.k8s.io/customresourcedefinitions
  admissionregistration.k8s.io/validatingwebhookconfigurations admissionregistration.k8s.io/mutatingwebhookconfigurations
  admissionregistration.k8s.io/validatingadmissionpolicies admissionregistration.k8s.io/mutatingadmissionpolicies
  admissionregistration.k8s.io/validatingadmissionpolicybindings
  admissionregistration.k8s.io/mutatingadmissionpolicybindings`);

const neither = words('/events policy/poddisruptionbudgets');

/** Events of the newer version check their metadata among their own rules. */
const lastOnCreate = new Set([...neither, 'events.k8s.io/events']);

const changesOnly =
  words(`/services /resourcequotas /podtemplates /replicationcontrollers apps/deployments apps/replicasets
  apps/daemonsets apps/statefulsets batch/cronjobs autoscaling/horizontalpodautoscalers networking.k8s.io/networkpolicies
  networking.k8s.io/servicecidrs coordination.k8s.io/leases scheduling.k8s.io/priorityclasses storage.k8s.io/csidrivers
  resource.k8s.io/resourceslices events.k8s.io/events apiextensions.k8s.io/customresourcedefinitions`);

const statesOnly =
  words(`/limitranges discovery.k8s.io/endpointslices storage.k8s.io/csinodes storage.k8s.io/volumeattachments
  flowcontrol.apiserver.k8s.io/flowschemas flowcontrol.apiserver.k8s.io/prioritylevelconfigurations
  admissionregistration.k8s.io/validatingwebhookconfigurations admissionregistration.k8s.io/mutatingwebhookconfigurations
  admissionregistration.k8s.io/validatingadmissionpolicies admissionregistration.k8s.io/mutatingadmissionpolicies
  admissionregistration.k8s.io/validatingadmissionpolicybindings
  admissionregistration.k8s.io/mutatingadmissionpolicybindings`);

const statusNeither = words('batch/cronjobs policy/poddisruptionbudgets');

/** Reports whether the metadata of a new object of a kind is checked only if its own rules find nothing wrong. */
export function checksMetaLast({ group, plural }: Kind): boolean {
  return lastOnCreate.has(`${group}/${plural}`);
}

/** Reports whether finalizers of a kind must be qualified names. */
export function qualifiesFinalizers({ group, plural, custom }: Kind): boolean {
  return custom === undefined && !unqualified.has(`${group}/${plural}`);
}

/** Returns the checks of metadata in a write to a kind or to one of its subresources. */
export function metaChecksOf(kind: Kind, subresource: string | undefined): MetaChecks {
  const id = `${kind.group}/${kind.plural}`;
  const qualified = qualifiesFinalizers(kind);
  if (subresource === 'status') return { changes: statusNeither.has(id) ? 0 : 1, states: 0, qualified };
  if (kind.custom !== undefined || changesOnly.has(id)) return { changes: 1, states: 0, qualified };
  if (neither.has(id)) return { changes: 0, states: 0, qualified };
  if (statesOnly.has(id)) return { changes: 0, states: 1, qualified };
  return id === '/persistentvolumes' ? { changes: 0, states: 2, qualified } : { changes: 1, states: 1, qualified };
}
