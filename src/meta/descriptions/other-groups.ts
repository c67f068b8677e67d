import type { SchemaDescriptions } from './schema-descriptions.js';

/** The descriptions of the other groups, by OpenAPI package. */
export const otherGroups: { readonly [openApiPackage: string]: SchemaDescriptions } = {
  'io.k8s.api.networking.v1': {
    Ingress: {
      $self: 'An ingress routes HTTP from outside to services.',
      spec: 'The desired state.',
      status: 'The observed state.',
    },
    IngressSpec: {
      defaultBackend: 'The backend of requests that match none of the rules.',
      ingressClassName: 'The IngressClass, which names the controller. Default: the default class.',
      rules: 'The rules by host and path.',
      tls: 'The certificates by host.',
    },
    IngressRule: {
      host: 'The host name; `*.` may stand for one label. Default: all hosts.',
      http: 'The backends by path.',
    },
    NetworkPolicy: {
      $self: 'A network policy says which traffic the selected pods accept and send.',
      spec: 'The desired state.',
    },
    NetworkPolicySpec: {
      egress: 'The traffic that the pods may send. An empty list allows none.',
      ingress: 'The traffic that the pods may receive. An empty list allows none.',
      podSelector: 'The pods that the policy selects. Empty selects all of the namespace.',
      policyTypes: '`Ingress`, `Egress` or both: the directions that the policy restricts.',
    },
  },
  'io.k8s.api.policy.v1': {
    PodDisruptionBudget: {
      $self: 'A pod disruption budget limits how many pods of a set an eviction may remove at a time.',
      spec: 'The desired state.',
      status: 'The observed state.',
    },
    PodDisruptionBudgetSpec: {
      maxUnavailable: 'The number or percentage of pods that may be missing. It excludes `minAvailable`.',
      minAvailable: 'The number or percentage of pods that must stay. It excludes `maxUnavailable`.',
      selector: 'The pods of the budget. An empty selector selects all of the namespace.',
      unhealthyPodEvictionPolicy:
        '`IfHealthyBudget` (default) or `AlwaysAllow`: when pods that are not ready may be evicted.',
    },
    PodDisruptionBudgetStatus: {
      conditions: 'Conditions such as `DisruptionAllowed`.',
      currentHealthy: 'The number of healthy pods.',
      desiredHealthy: 'The least number of healthy pods.',
      disruptedPods: 'The pods that were evicted and are not deleted yet.',
      disruptionsAllowed: 'The number of evictions that are allowed now.',
      expectedPods: 'The number of pods of the budget.',
      observedGeneration: 'The `metadata.generation` that the controller has seen.',
    },
  },
  'io.k8s.api.autoscaling.v2': {
    HorizontalPodAutoscaler: {
      $self: 'A horizontal pod autoscaler changes the number of pods by metrics.',
      spec: 'The desired state.',
      status: 'The observed state.',
    },
    HorizontalPodAutoscalerSpec: {
      behavior: 'The speed of scaling up and down.',
      maxReplicas: 'The greatest number of pods.',
      metrics: 'The metrics; the one that asks for the most pods wins. Default: 80% of the requested cpu.',
      minReplicas: 'The least number of pods. Default 1.',
      scaleTargetRef: 'The object that is scaled.',
    },
    HorizontalPodAutoscalerStatus: {
      conditions: 'Conditions such as `AbleToScale`, `ScalingActive` and `ScalingLimited`.',
      currentMetrics: 'The last values of the metrics.',
      currentReplicas: 'The number of pods that the autoscaler saw last.',
      desiredReplicas: 'The number of pods that it asked for last.',
      lastScaleTime: 'The time of the last change.',
      observedGeneration: 'The `metadata.generation` that the controller has seen.',
    },
  },
  'io.k8s.api.rbac.v1': {
    Role: { $self: 'A role grants rights within its namespace.', rules: 'The rights.' },
    ClusterRole: {
      $self: 'A cluster role grants rights in the cluster, or in a namespace by a RoleBinding.',
      aggregationRule:
        'The labels of cluster roles whose rules are collected here. The controller then overwrites `rules`.',
      rules: 'The rights.',
    },
    RoleBinding: {
      $self: 'A role binding gives a role to users within its namespace.',
      roleRef: 'The Role or ClusterRole. It cannot change.',
      subjects: 'The users, groups and service accounts.',
    },
    ClusterRoleBinding: {
      $self: 'A cluster role binding gives a cluster role to users in the whole cluster.',
      roleRef: 'The ClusterRole. It cannot change.',
      subjects: 'The users, groups and service accounts.',
    },
    PolicyRule: {
      $self: 'A rule grants verbs on resources or paths.',
      apiGroups: "The groups of the resources. '' is the core group, `*` is all.",
      nonResourceURLs: 'Paths outside resources, such as `/healthz`. `*` is allowed at the end.',
      resourceNames: 'The names of objects. Empty means all.',
      resources: 'The resources, with subresources as `pods/log`. `*` is all.',
      verbs: 'The verbs. `*` is all.',
    },
    Subject: {
      apiGroup: 'The group of the kind. Default: `rbac.authorization.k8s.io` for users and groups.',
      name: 'The name of the user, group or service account.',
      namespace: 'The namespace of a service account.',
    },
    RoleRef: { apiGroup: '`rbac.authorization.k8s.io`.', name: 'The name of the role.' },
  },
  'io.k8s.api.storage.v1': {
    StorageClass: {
      $self: 'A storage class says how volumes for claims are made.',
      allowVolumeExpansion: 'True if claims may grow. Default false.',
      allowedTopologies: 'The places where volumes can be made.',
      mountOptions: 'The mount options of new volumes.',
      parameters: 'The settings for the provisioner.',
      provisioner: 'The driver that makes the volumes.',
      reclaimPolicy: '`Delete` (default) or `Retain`: the treatment of a volume after its claim is deleted.',
      volumeBindingMode: '`Immediate` (default) or `WaitForFirstConsumer`, which waits for a pod.',
    },
  },
  'io.k8s.api.coordination.v1': {
    Lease: { $self: 'A lease is a lock that its holder renews.', spec: 'The holder and the times.' },
    LeaseSpec: {
      acquireTime: 'The time at which the holder took the lease.',
      holderIdentity: 'The holder.',
      leaseDurationSeconds: 'The time in seconds after the last renewal for which others wait.',
      leaseTransitions: 'The number of changes of the holder.',
      preferredHolder: 'The candidate to which the holder should yield (coordinated election).',
      renewTime: 'The time of the last renewal.',
      strategy: 'The strategy of a coordinated election.',
    },
  },
  'io.k8s.api.discovery.v1': {
    EndpointSlice: {
      $self: 'An endpoint slice holds a part of the addresses behind a service.',
      addressType: '`IPv4`, `IPv6` or `FQDN`. It cannot change.',
      endpoints: 'The endpoints, at most 1000.',
      ports: 'The ports of all endpoints.',
    },
    Endpoint: {
      addresses: 'The addresses. Clients use the first one.',
      conditions: 'The state of the endpoint.',
      deprecatedTopology: 'Not used any more.',
      hints: 'The zones and nodes whose clients should use the endpoint.',
      hostname: 'The host name.',
      nodeName: 'The node.',
      targetRef: 'The object behind the endpoint, such as a pod.',
      zone: 'The zone.',
    },
    EndpointConditions: {
      ready: 'True if the endpoint accepts new connections: it is serving and not terminating.',
      serving: 'True if the endpoint answers, even while it terminates.',
      terminating: 'True if the endpoint is being deleted.',
    },
  },
  'io.k8s.api.scheduling.v1': {
    PriorityClass: {
      $self: 'A priority class gives pods a priority by name.',
      description: 'A text for people.',
      globalDefault: 'True if pods without a class get this one. Only one class can have it.',
      preemptionPolicy: '`PreemptLowerPriority` (default) or `Never`.',
      value: 'The priority. It cannot change.',
    },
  },
};
