import { encodeUtf8 } from '../../util/bytes.js';
import { lazy } from '../../util/lazy.js';
import type { IpFamily } from '../object/service-ranges.js';

/** An object to begin with, as it is stored: around its uid, and around the times that it has. */
export interface BootstrapObject {
  readonly key: string;
  readonly beforeUid: string;
  readonly aroundTimes: readonly string[];
}

/** Stands for the time of the making, of which there is one for all objects. */
export const startTime = '{start}';

/** A tree of fields in the notation of managedFields. */
export interface Fields {
  readonly [element: string]: Fields;
}

/** The field managers of a bootstrap object. */
interface Ownership {
  readonly fields: Fields;
  /** Default: `kube-apiserver`. */
  readonly manager?: string;
  /** Default: `Update`. */
  readonly operation?: 'Apply' | 'Update';
  readonly subresource?: 'status';
}

/** A field set of leaves: `leaves('f:rules f:roleRef')`. */
export function leaves(elements: string): Fields {
  return Object.fromEntries(elements.split(' ').map((element) => [element, {}]));
}

/** A field set of keys of a map, which is owned too. */
export function keys(...names: string[]): Fields {
  return { '.': {}, ...Object.fromEntries(names.map((name) => [`f:${name}`, {}])) };
}

/** The content of a bootstrap object, with its fields in the order of the kind's JSON form. */
export interface BootstrapContent {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly generation?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly owned?: readonly Ownership[];
  readonly fields: { readonly [field: string]: unknown };
}

/** The object of a kind of a group, the core one being empty. */
export function bootstrapObject(
  group: string,
  plural: string,
  { name, namespace, generation, labels, annotations, owned, fields }: BootstrapContent,
): BootstrapObject {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const managedFields = owned?.map(({ fields, manager = 'kube-apiserver', operation = 'Update', subresource }) => ({
    manager,
    operation,
    apiVersion,
    time: startTime,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    subresource,
  }));
  const names = JSON.stringify({ metadata: { name, namespace } });
  const others = JSON.stringify({ generation, creationTimestamp: startTime, labels, annotations, managedFields });
  const rest = JSON.stringify(fields).slice(1, -1);
  const text = `",${others.slice(1)}${rest === '' ? '' : `,${rest}`}}`;
  return {
    key: `/registry/${group === '' ? '' : `${group}/`}${plural}/${namespace === undefined ? '' : `${namespace}/`}${name}`,
    // Without the brackets that close `metadata` and the object.
    beforeUid: `${names.slice(0, -2)},"uid":"`,
    aroundTimes: text.split(startTime),
  };
}

/** Returns the stored bytes of an object that was created at `time`. */
export function bootstrapBytes({ beforeUid, aroundTimes }: BootstrapObject, uid: string, time: string): Uint8Array {
  return encodeUtf8(beforeUid + uid + aroundTimes.join(time));
}

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const nameLabel = 'kubernetes.io/metadata.name';

/** The namespaces, and the service by which pods reach the API: kube-apiserver's `kubernetes`, at the first address of the range. */
export function namespacesAndService(ownAddress: string, family: IpFamily): readonly BootstrapObject[] {
  return [
    ...namespaces.map((name) =>
      bootstrapObject('', 'namespaces', {
        name,
        labels: { [nameLabel]: name },
        owned: [{ fields: { 'f:metadata': { 'f:labels': keys(nameLabel) } } }],
        fields: { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
      }),
    ),
    bootstrapObject('', 'services', {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
      owned: [
        {
          fields: {
            'f:metadata': { 'f:labels': keys('component', 'provider') },
            'f:spec': {
              ...leaves('f:clusterIP f:internalTrafficPolicy f:ipFamilyPolicy'),
              'f:ports': {
                '.': {},
                'k:{"port":443,"protocol":"TCP"}': leaves('. f:name f:port f:protocol f:targetPort'),
              },
              ...leaves('f:sessionAffinity f:type'),
            },
          },
        },
      ],
      fields: {
        spec: {
          ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
          clusterIP: ownAddress,
          clusterIPs: [ownAddress],
          type: 'ClusterIP',
          sessionAffinity: 'None',
          ipFamilies: [family],
          ipFamilyPolicy: 'SingleStack',
          internalTrafficPolicy: 'Cluster',
        },
        status: { loadBalancer: {} },
      },
    }),
  ];
}

/** The `default` ServiceAccounts of those namespaces. */
export const defaultAccounts = lazy((): readonly BootstrapObject[] =>
  namespaces.map((namespace) => bootstrapObject('', 'serviceaccounts', { name: 'default', namespace, fields: {} })),
);

/** Since when is watched whether tokens in Secrets are used: kube-controller-manager removes those nobody has used for a year since. */
export function tokenTracking(time: string): BootstrapObject {
  return bootstrapObject('', 'configmaps', {
    name: 'kube-apiserver-legacy-service-account-token-tracking',
    namespace: 'kube-system',
    owned: [{ fields: { 'f:data': keys('since') } }],
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
    bootstrapObject('', 'configmaps', { name, namespace, annotations, fields: { data: data(authority) } }),
  );
}

/** Returns the ConfigMap that tells the servers of aggregated APIs which clients this server trusts. */
export function trustedClientsMap(data: { readonly [key: string]: string }): BootstrapObject {
  return bootstrapObject('', 'configmaps', {
    name: 'extension-apiserver-authentication',
    namespace: 'kube-system',
    owned: [{ fields: { 'f:data': keys(...Object.keys(data)) } }],
    fields: { data },
  });
}
