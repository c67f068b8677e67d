import type {
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
} from '../../../../generated/networking.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, atMost, orNone, selectorText, withDefault } from '../../table/format.js';

const ingress = columnsFor<Ingress>();
const ingressClass = columnsFor<IngressClass>();
const address = columnsFor<IPAddress>();
const policy = columnsFor<NetworkPolicy>();
const cidr = columnsFor<ServiceCIDR>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const networkingColumns: { readonly [kind: string]: readonly Column[] } = {
  'networking.k8s.io/Ingress': [
    nameColumn,
    ingress.text('Class', 'Which controller serves it.', ({ spec }) => orNone(spec?.ingressClassName)),
    ingress.text('Hosts', 'Host names it answers to.', ({ spec }) => {
      const hosts = (spec?.rules ?? []).map(({ host }) => host ?? '').filter(Boolean);
      return atMost(hosts, 3, '*');
    }),
    ingress.text('Address', 'Where it is reached.', ({ status }) => {
      const given = (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter(Boolean);
      return [...new Set(given)].sort().join(',');
    }),
    ingress.text('Ports', 'Ports it answers on.', ({ spec }) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
  'networking.k8s.io/IngressClass': [
    { ...nameColumn, cell: ({ metadata }) => withDefault(metadata, 'ingressclass.kubernetes.io/is-default-class') },
    ingressClass.text('Controller', 'Who serves ingresses of this class.', ({ spec }) => spec?.controller ?? ''),
    ingressClass.text('Parameters', 'Where the controller finds more.', ({ spec }) => {
      const parameters = spec?.parameters;
      if (parameters === undefined) return '<none>';
      return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
    }),
    ageColumn,
  ],
  'networking.k8s.io/IPAddress': [
    nameColumn,
    address.text('ParentRef', 'What the address belongs to.', ({ spec }) => {
      const parent = spec?.parentRef;
      if (parent === undefined) return '<none>';
      const resource = `${parent.resource}${parent.group ? `.${parent.group}` : ''}`.toLowerCase();
      return [resource, parent.namespace, parent.name].filter(Boolean).join('/');
    }),
    ageColumn,
  ],
  'networking.k8s.io/NetworkPolicy': [
    nameColumn,
    policy.text('Pod-Selector', 'Which pods it is about.', ({ spec }) => selectorText(spec?.podSelector)),
    ageColumn,
  ],
  'networking.k8s.io/ServiceCIDR': [
    nameColumn,
    cidr.text('CIDRs', 'Where services get their addresses from.', ({ spec }) => (spec?.cidrs ?? []).join(',')),
    ageColumn,
  ],
};
