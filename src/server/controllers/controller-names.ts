/** The controllers this server can run, and the names that newer versions of kube-controller-manager give them. */
const known = {
  'clusterrole-aggregation': 'clusterrole-aggregation-controller',
  garbagecollector: 'garbage-collector-controller',
  namespace: 'namespace-controller',
  'pv-protection': 'persistentvolume-protection-controller',
  'pvc-protection': 'persistentvolumeclaim-protection-controller',
  serviceaccount: 'serviceaccount-controller',
  'root-ca-cert-publisher': 'root-ca-certificate-publisher-controller',
  resourcequota: 'resourcequota-controller',
  // These have no other names.
  'service-cidr-controller': 'service-cidr-controller',
  'volumeattributesclass-protection-controller': 'volumeattributesclass-protection-controller',
  // Part of kube-apiserver itself, where it has no name.
  'kubernetes-service': 'kubernetes-service-controller',
} as const;

/** The name of a controller. */
export type ControllerName = keyof typeof known;

const names = Object.keys(known) as ControllerName[];

/**
 * The controllers a list in kube-controller-manager's words names: the first entry that is about a controller decides (`name`,
 * `-name`), then `*` or `-*`; an empty list names none, no list names all. Throws for a name nobody has.
 */
export function controllersOf(list: readonly string[] = ['*']): ReadonlySet<ControllerName> {
  const items = list.map((item) => (item.startsWith('-') ? `-${shortName(item.slice(1))}` : shortName(item)));
  for (const item of items) {
    const name = item.replace(/^-/, '');
    if (name !== '*' && !Object.hasOwn(known, name)) {
      throw new Error(`there is no controller '${name}': there are ${names.join(', ')}`);
    }
  }
  const star = items.includes('*') && !items.includes('-*');
  const wanted = (name: string): boolean => {
    const own = items.find((item) => item === name || item === `-${name}`);
    return own === undefined ? star : own === name;
  };
  return new Set(names.filter(wanted));
}

function shortName(name: string): string {
  return names.find((short) => known[short] === name) ?? name;
}
