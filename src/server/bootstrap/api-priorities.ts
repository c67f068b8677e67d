/** Where kube-apiserver lists its groups: the higher, the earlier. */
export const priorities: { readonly [group: string]: number } = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'resource.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
};

/** The versions that do not stand where stable ones usually do. */
const versions: { readonly [id: string]: number } = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'resource.k8s.io/v1': 21,
};

/** The priority of groups of custom resources. */
const customPriority = 1_000;

const stable = 15;
const beta = 9;
const alpha = 1;

/** The priorities of a version of a group, as its APIService has them. */
export function priorityOf(group: string, version: string): { groupPriorityMinimum: number; versionPriority: number } {
  const level = version.includes('alpha') ? alpha : version.includes('beta') ? beta : stable;
  const own = versions[`${group}/${version}`];
  return { groupPriorityMinimum: priorities[group] ?? customPriority, versionPriority: own ?? level };
}

/** Returns the names of all groups in the order of discovery: those of this server with those of others between, by falling priority. */
export function groupOrder(
  own: readonly { readonly group: string; readonly isCustom: boolean }[],
  others: readonly { readonly group: string; readonly priority: number }[],
): string[] {
  const order = own.map(({ group }) => group);
  const priority = new Map<string, number>();
  let last = Number.POSITIVE_INFINITY;
  for (const { group, isCustom } of own) {
    last = isCustom ? customPriority : (priorities[group] ?? last);
    priority.set(group, last);
  }
  for (const other of others) {
    if (priority.has(other.group)) continue;
    priority.set(other.group, other.priority);
    const isLater = (group: string): boolean => {
      const difference = (priority.get(group) ?? customPriority) - other.priority;
      return difference < 0 || (difference === 0 && group > other.group);
    };
    const place = order.findIndex(isLater);
    order.splice(place < 0 ? order.length : place, 0, other.group);
  }
  return order;
}
