export const nodeLabels: { readonly [key: string]: string } = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** Returns warnings about outdated labels of nodes, used as keys of a map or a selector. `field` names the field of a key. */
export function labelKeyWarnings(keys: readonly string[], field: (key: string) => string): string[] {
  return keys.flatMap((key) => (Object.hasOwn(nodeLabels, key) ? [`${field(key)}: ${nodeLabels[key]}`] : []));
}
