/** The labels in Kubernetes' domains that a kubelet may set on its node. (kubelet's `apis/well_known_labels.go`.) */
const kubeletLabels = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

interface Labels {
  readonly [key: string]: string;
}

/** Returns the changed labels of a node that its kubelet may not change, sorted. */
export function forbiddenNodeLabels(labels: Labels, old: Labels): string[] {
  const keys = [...new Set([...Object.keys(labels), ...Object.keys(old)])].sort();
  return keys.filter((key) => labels[key] !== old[key] && isForbidden(key));
}

function isForbidden(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const isIn = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (isIn('node-restriction.kubernetes.io')) return true;
  return (isIn('kubernetes.io') || isIn('k8s.io')) && !kubeletLabels.has(key) && !kubeletDomains.some(isIn);
}
