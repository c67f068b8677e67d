/** An object to begin with, as it is stored: around its uid and the time of its making. */
export interface BootstrapObject {
  readonly key: string;
  readonly beforeUid: string;
  readonly beforeTime: string;
  readonly afterTime: string;
}

/** What an object is made of, its fields in the order of their kind's JSON form. */
export interface BootstrapContent {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly fields: { readonly [field: string]: unknown };
}

/** The object under a prefix such as `/registry/namespaces/`. */
export function bootstrapObject(
  prefix: string,
  { name, namespace, labels, annotations, fields }: BootstrapContent,
): BootstrapObject {
  const names = JSON.stringify({ metadata: { name, namespace } });
  const others = JSON.stringify({ labels, annotations }).slice(1, -1);
  const rest = JSON.stringify(fields).slice(1, -1);
  return {
    key: `${prefix}${namespace === undefined ? '' : `${namespace}/`}${name}`,
    // Without the brackets that close `metadata` and the object.
    beforeUid: `${names.slice(0, -2)},"uid":"`,
    beforeTime: '","creationTimestamp":"',
    afterTime: `"${others === '' ? '' : `,${others}`}}${rest === '' ? '' : `,${rest}`}}`,
  };
}

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

let first: readonly BootstrapObject[] | undefined;

/** The namespaces, and the service by which pods reach the API: kube-apiserver's `kubernetes`, at the first address of the range. */
export function namespacesAndService(): readonly BootstrapObject[] {
  first ??= [
    ...namespaces.map((name) =>
      bootstrapObject('/registry/namespaces/', {
        name,
        labels: { 'kubernetes.io/metadata.name': name },
        fields: { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
      }),
    ),
    bootstrapObject('/registry/services/', {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
      fields: {
        spec: {
          ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
          clusterIP: '10.0.0.1',
          clusterIPs: ['10.0.0.1'],
          type: 'ClusterIP',
          sessionAffinity: 'None',
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          internalTrafficPolicy: 'Cluster',
        },
        status: { loadBalancer: {} },
      },
    }),
  ];
  return first;
}

let accounts: readonly BootstrapObject[] | undefined;

/** The `default` ServiceAccounts of those namespaces. */
export function defaultAccounts(): readonly BootstrapObject[] {
  accounts ??= namespaces.map((namespace) =>
    bootstrapObject('/registry/serviceaccounts/', { name: 'default', namespace, fields: {} }),
  );
  return accounts;
}

const configMaps = '/registry/configmaps/';

/** Since when is watched whether tokens in Secrets are used: kube-controller-manager removes those nobody has used for a year since. */
export function tokenTracking(time: string): BootstrapObject {
  return bootstrapObject(configMaps, {
    name: 'kube-apiserver-legacy-service-account-token-tracking',
    namespace: 'kube-system',
    fields: { data: { since: time.slice(0, 'yyyy-mm-dd'.length) } },
  });
}

/** The ConfigMap that tells a namespace by which authority the server is known. */
export const authorityMap = {
  name: 'kube-root-ca.crt',
  annotations: { 'kubernetes.io/description': 'The authority to verify the API server by, from inside the cluster.' },
  data: (authority: string): { readonly 'ca.crt': string } => ({ 'ca.crt': authority }),
};

/** Those of the namespaces. */
export function publishedAuthorities(authority: string): readonly BootstrapObject[] {
  const { name, annotations, data } = authorityMap;
  return namespaces.map((namespace) =>
    bootstrapObject(configMaps, { name, namespace, annotations, fields: { data: data(authority) } }),
  );
}
