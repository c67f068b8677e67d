import { findKind, type Kind } from './data/kinds.js';
import type { IconName } from './parts/icons.js';
import { listHref, pageHref } from './router.js';

/** A group of links beside the page. */
export interface NavigationGroup {
  readonly title: string;
  readonly icon: IconName;
  readonly links: readonly { readonly label: string; readonly href: string }[];
}

/** Groups, and the plural names of their kinds with the API group. */
const groups: readonly {
  readonly title: string;
  readonly icon: IconName;
  readonly kinds: readonly (readonly [string, string])[];
}[] = [
  {
    title: 'Workloads',
    icon: 'workloads',
    kinds: [
      ['pods', ''],
      ['deployments', 'apps'],
      ['statefulsets', 'apps'],
      ['daemonsets', 'apps'],
      ['replicasets', 'apps'],
      ['replicationcontrollers', ''],
      ['jobs', 'batch'],
      ['cronjobs', 'batch'],
    ],
  },
  {
    title: 'Network',
    icon: 'network',
    kinds: [
      ['services', ''],
      ['ingresses', 'networking.k8s.io'],
      ['endpointslices', 'discovery.k8s.io'],
      ['networkpolicies', 'networking.k8s.io'],
    ],
  },
  {
    title: 'Configuration',
    icon: 'config',
    kinds: [
      ['configmaps', ''],
      ['secrets', ''],
      ['resourcequotas', ''],
      ['limitranges', ''],
      ['horizontalpodautoscalers', 'autoscaling'],
    ],
  },
  {
    title: 'Storage',
    icon: 'storage',
    kinds: [
      ['persistentvolumeclaims', ''],
      ['persistentvolumes', ''],
      ['storageclasses', 'storage.k8s.io'],
    ],
  },
  {
    title: 'Cluster',
    icon: 'node',
    kinds: [
      ['nodes', ''],
      ['namespaces', ''],
      ['events', ''],
      ['customresourcedefinitions', 'apiextensions.k8s.io'],
    ],
  },
  {
    title: 'Access',
    icon: 'access',
    kinds: [
      ['serviceaccounts', ''],
      ['roles', 'rbac.authorization.k8s.io'],
      ['rolebindings', 'rbac.authorization.k8s.io'],
      ['clusterroles', 'rbac.authorization.k8s.io'],
      ['clusterrolebindings', 'rbac.authorization.k8s.io'],
    ],
  },
];

/** Groups that Kubernetes itself serves; the kinds of every other group are custom. */
function isBuiltIn({ group }: Kind): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** Returns the kinds that are not Kubernetes' own. */
function customKinds(kinds: readonly Kind[]): Kind[] {
  return kinds.filter((kind) => !isBuiltIn(kind)).sort((a, b) => a.kind.localeCompare(b.kind));
}

/** Writes the plural of a kind for people: `ReplicaSet` becomes `Replica sets`. */
export function titleOf({ kind, plural }: Pick<Kind, 'kind' | 'plural'>): string {
  const words = kind
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ');
  const last = words.pop() ?? '';
  const ending = plural.slice(kind.toLowerCase().length - last.length);
  const title = [...words, plural.startsWith(kind.slice(0, 3).toLowerCase()) ? ending : last].join(' ');
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** Returns the links of a cluster: those of kinds that it serves. */
export function navigation(context: string, kinds: readonly Kind[]): NavigationGroup[] {
  const built = groups.map(({ title, icon, kinds: names }) => ({
    title,
    icon,
    links: [
      ...(title === 'Access' ? [{ label: 'Who can', href: pageHref(context, 'access') }] : []),
      ...names.flatMap(([plural, group]) => {
        const kind = findKind(kinds, plural, group);
        return kind === undefined ? [] : [{ label: titleOf(kind), href: listHref(context, kind) }];
      }),
    ],
  }));
  const custom = customKinds(kinds);
  const own =
    custom.length === 0
      ? []
      : [
          {
            title: 'Custom',
            icon: 'kinds' as const,
            links: custom.map((kind) => ({ label: titleOf(kind), href: listHref(context, kind) })),
          },
        ];
  return [...built, ...own];
}
