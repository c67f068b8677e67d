/** The claim or the volume got its other half from the controller, and not from a user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** The claim and its volume name each other. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** The provisioner that made a volume. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
/** The driver that took a volume over from one of the volume plugins that Kubernetes had. */
export const MIGRATED_TO = 'pv.kubernetes.io/migrated-to';
/** The provisioner that shall make a volume for a claim, with its older name. */
export const PROVISIONERS = [
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
] as const;
/** The node that the scheduler chose for the first pod of a claim. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
