import { familyOf } from '../object/service-ranges.js';
import { type BootstrapObject, bootstrapObject, keys, leaves } from './bootstrap-objects.js';

/** The labels of IPAddresses that the server makes for services. */
export const addressLabels = {
  family: 'ipaddress.kubernetes.io/ip-family',
  managedBy: 'ipaddress.kubernetes.io/managed-by',
} as const;

/** The value of the label `managedBy`. */
export const addressManager = 'ipallocator.k8s.io';

/** Returns the IPAddress of a service. */
export function serviceIpAddress(address: string, service: { namespace: string; name: string }): BootstrapObject {
  const { family, managedBy } = addressLabels;
  return bootstrapObject('networking.k8s.io', 'ipaddresses', {
    name: address,
    labels: { [family]: familyOf(address), [managedBy]: addressManager },
    owned: [
      {
        fields: {
          'f:metadata': { 'f:labels': keys(family, managedBy) },
          'f:spec': { 'f:parentRef': leaves('. f:name f:namespace f:resource') },
        },
      },
    ],
    fields: { spec: { parentRef: { resource: 'services', namespace: service.namespace, name: service.name } } },
  });
}
