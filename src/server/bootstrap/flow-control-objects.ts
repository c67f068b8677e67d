/** A level of priority from the start: its shares, what it lends of them in percent, and its queues where it has some. */
export interface Level {
  readonly name: string;
  readonly shares: number;
  readonly lends: number;
  readonly queues?: readonly [queues: number, handSize: number];
}

/** The levels of kube-apiserver. `exempt` is none of these: it has no queue and no bound. */
export const levels: readonly Level[] = [
  { name: 'catch-all', shares: 5, lends: 0 },
  { name: 'global-default', shares: 20, lends: 50, queues: [128, 6] },
  { name: 'leader-election', shares: 10, lends: 0, queues: [16, 4] },
  { name: 'node-high', shares: 40, lends: 25, queues: [64, 6] },
  { name: 'system', shares: 30, lends: 33, queues: [64, 6] },
  { name: 'workload-high', shares: 40, lends: 50, queues: [128, 6] },
  { name: 'workload-low', shares: 100, lends: 90, queues: [128, 6] },
];

const queueLength = 50;

/** The spec of a level. */
export function levelSpec({ shares, lends, queues }: Level): object {
  const limitResponse =
    queues === undefined
      ? { type: 'Reject' }
      : { type: 'Queue', queuing: { queues: queues[0], handSize: queues[1], queueLengthLimit: queueLength } };
  return { type: 'Limited', limited: { nominalConcurrencyShares: shares, limitResponse, lendablePercent: lends } };
}

/** The spec of the level that nobody waits in. */
export const exemptSpec = { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } };

type Subject = readonly [kind: 'Group' | 'User' | 'ServiceAccount', name: string];

interface Schema {
  readonly name: string;
  readonly level: string;
  readonly precedence: number;
  readonly by?: 'ByUser' | 'ByNamespace';
  readonly subjects: readonly Subject[];
  /** The resources it matches: verbs, groups, resources, and whether cluster-scoped ones too. Default: all. */
  readonly resources?: readonly (readonly [verbs: string, groups: string, resources: string, cluster: boolean])[];
  /** The other paths it matches. Default: all, if it matches all resources. */
  readonly urls?: readonly string[];
}

const everybody: readonly Subject[] = [
  ['Group', 'system:unauthenticated'],
  ['Group', 'system:authenticated'],
];
const managers: readonly Subject[] = [
  ['User', 'system:kube-controller-manager'],
  ['User', 'system:kube-scheduler'],
  ['ServiceAccount', '*'],
];

/** Which requests go to which level in kube-apiserver. */
export const schemas: readonly Schema[] = [
  { name: 'catch-all', level: 'catch-all', precedence: 10_000, by: 'ByUser', subjects: everybody },
  { name: 'exempt', level: 'exempt', precedence: 1, subjects: [['Group', 'system:masters']] },
  { name: 'global-default', level: 'global-default', precedence: 9_900, by: 'ByUser', subjects: everybody },
  {
    name: 'kube-controller-manager',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    subjects: [['User', 'system:kube-controller-manager']],
  },
  {
    name: 'kube-scheduler',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    subjects: [['User', 'system:kube-scheduler']],
  },
  {
    name: 'kube-system-service-accounts',
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    subjects: [['ServiceAccount', '*']],
  },
  {
    name: 'probes',
    level: 'exempt',
    precedence: 2,
    subjects: everybody,
    resources: [],
    urls: ['/healthz', '/readyz', '/livez'],
  },
  {
    name: 'service-accounts',
    level: 'workload-low',
    precedence: 9_000,
    by: 'ByUser',
    subjects: [['Group', 'system:serviceaccounts']],
  },
  {
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    subjects: managers,
    resources: [['get create update', 'coordination.k8s.io', 'leases', false]],
  },
  {
    name: 'system-node-high',
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    subjects: [['Group', 'system:nodes']],
    resources: [
      ['*', '', 'nodes nodes/status', true],
      ['*', 'coordination.k8s.io', 'leases', false],
    ],
  },
  { name: 'system-nodes', level: 'system', precedence: 500, by: 'ByUser', subjects: [['Group', 'system:nodes']] },
];

/** The spec of a flow schema. */
export function schemaSpec({ level, precedence, by, subjects, resources, urls }: Schema): object {
  const about = resources ?? [['*', '*', '*', true] as const];
  const paths = urls ?? (resources === undefined ? ['*'] : []);
  const rule = {
    subjects: subjects.map(([kind, name]) => {
      if (kind === 'Group') return { kind, group: { name } };
      return kind === 'User' ? { kind, user: { name } } : { kind, serviceAccount: { namespace: 'kube-system', name } };
    }),
    ...(about.length === 0
      ? {}
      : {
          resourceRules: about.map(([verbs, group, names, cluster]) => ({
            verbs: verbs.split(' '),
            apiGroups: [group],
            resources: names.split(' '),
            ...(cluster ? { clusterScope: true } : {}),
            namespaces: ['*'],
          })),
        }),
    ...(paths.length === 0
      ? {}
      : { nonResourceRules: [{ verbs: [urls === undefined ? '*' : 'get'], nonResourceURLs: paths }] }),
  };
  return {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
    rules: [rule],
  };
}
